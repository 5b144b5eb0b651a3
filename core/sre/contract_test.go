package sre_test

import (
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/circuittest"
	"github.com/go-fusebox/fusebox/core/sre"
)

func TestContract(t *testing.T) {
	within := func(d time.Duration) func(float64) time.Duration {
		return func(float64) time.Duration { return d }
	}
	for name, c := range map[string]struct {
		config   sre.Config
		recovery func(rate float64) time.Duration // nil where own refusals count: there is no bound for all rates
	}{
		"Default":    {sre.Config{}, within(3300 * time.Millisecond)},
		"SharpShort": {sre.Config{K: 1.1, Window: time.Second, Buckets: 4, MinRequests: 5, ProbeInterval: -1}, within(1250 * time.Millisecond)},
		"Capped":     {sre.Config{MaxDropRatio: 0.5}, within(3300 * time.Millisecond)},
		"OneBucket":  {sre.Config{Buckets: 1}, within(6 * time.Second)},
		"Aegis":      {sre.Aegis(), nil},
		"GoZero":     {sre.GoZero(), nil},
		"Book":       {sre.Book(), nil},
	} {
		t.Run(name, func(t *testing.T) {
			newBreaker := func() circuit.Breaker {
				b, err := sre.New(c.config)
				if err != nil {
					t.Fatal(err)
				}
				return b
			}
			suite := circuittest.Suite{New: newBreaker, Recovery: c.recovery}
			suite.Run(t)

			t.Run("MarksRefusals", func(t *testing.T) {
				suite.New = func() circuit.Breaker { return circuit.MarksRefusals(newBreaker()) }
				suite.Run(t)
			})
		})
	}
}
