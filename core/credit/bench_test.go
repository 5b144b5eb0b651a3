package credit_test

import (
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
)

// engines are one breaker of each kind, at its defaults.
func engines(b *testing.B) map[string]circuit.Acquirer {
	b.Helper()
	h, err := hystrix.New(hystrix.Config{})
	if err != nil {
		b.Fatal(err)
	}
	s, err := sre.New(sre.Config{})
	if err != nil {
		b.Fatal(err)
	}
	return map[string]circuit.Acquirer{"credit": newBreaker(b, credit.Config{}), "sre": s, "hystrix": h}
}

// BenchmarkHealthy is a call that succeeds, as nearly all do: what a breaker costs.
func BenchmarkHealthy(b *testing.B) {
	for name, breaker := range engines(b) {
		b.Run(name+"/one", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p, err := breaker.Acquire()
				if err != nil {
					b.Fatal(err)
				}
				p.Success()
			}
		})
		b.Run(name+"/parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if p, err := breaker.Acquire(); err == nil {
						p.Success()
					}
				}
			})
		})
	}
}

// BenchmarkRefused is a call in an outage.
func BenchmarkRefused(b *testing.B) {
	for name, breaker := range engines(b) {
		for range 2000 {
			if p, err := breaker.Acquire(); err == nil {
				p.Failure()
			}
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if p, err := breaker.Acquire(); err == nil {
					p.Failure()
				}
			}
		})
	}
}

// BenchmarkFailing is a call to a callee of which every tenth result is a failure, so
// that the breaker is seldom at rest.
func BenchmarkFailing(b *testing.B) {
	for name, breaker := range engines(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				p, err := breaker.Acquire()
				switch {
				case err != nil:
				case i%10 == 0:
					p.Failure()
				default:
					p.Success()
				}
			}
		})
	}
}
