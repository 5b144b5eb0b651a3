package credit_test

import (
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/circuittest"
	"github.com/go-fusebox/fusebox/core/credit"
)

func newBreaker(t testing.TB, c credit.Config) *credit.Breaker {
	t.Helper()
	b, err := credit.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestContract(t *testing.T) {
	for name, c := range map[string]credit.Config{
		"Default":    {},
		"Sharp":      {Threshold: 0.1, Depth: 3, Purse: 2, Probes: 1},
		"Lenient":    {Threshold: 0.9, Depth: 50, ConsecutiveFailures: -1},
		"OftenTried": {ProbeInterval: 100 * time.Millisecond, TrialInterval: 50 * time.Millisecond, MaxTrialInterval: 50 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			inForce := newBreaker(t, c).Config()
			suite := circuittest.Suite{
				New: func() circuit.Breaker { return newBreaker(t, c) },
				Recovery: func(rate float64) time.Duration {
					return inForce.ProbeInterval + time.Duration(float64(time.Second)/rate)
				},
				PermitLife: inForce.ProbeLifetime,
			}
			suite.Run(t)
			t.Run("MarksRefusals", func(t *testing.T) {
				suite.New = func() circuit.Breaker { return circuit.MarksRefusals(newBreaker(t, c)) }
				suite.Run(t)
			})
		})
	}
}
