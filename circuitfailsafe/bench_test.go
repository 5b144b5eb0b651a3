package circuitfailsafe_test

import (
	"testing"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// What a breaker costs in an executor of failsafe's, beside one without it and one with
// failsafe's own.
func BenchmarkExecutor(b *testing.B) {
	ours := func(m circuit.Mode) failsafe.Policy[int] {
		breaker := newHystrix(b, hystrix.Config{})
		if err := breaker.SetMode(m); err != nil {
			b.Fatal(err)
		}
		return circuitfailsafe.NewPolicy[int](breaker)
	}
	stock := func(open bool) failsafe.Policy[int] {
		breaker := circuitbreaker.NewWithDefaults[int]()
		if open {
			breaker.Open()
		}
		return breaker
	}
	for _, bb := range []struct {
		name     string
		policies []failsafe.Policy[int]
	}{
		{"no policy", nil},
		{"closed/ours", []failsafe.Policy[int]{ours(circuit.Auto)}}, {"closed/failsafe", []failsafe.Policy[int]{stock(false)}},
		{"open/ours", []failsafe.Policy[int]{ours(circuit.ForceOpen)}}, {"open/failsafe", []failsafe.Policy[int]{stock(true)}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			executor := failsafe.With(bb.policies...)
			call := func() (int, error) { return 42, nil }
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					_, _ = executor.Get(call)
				}
			})
		})
	}
}
