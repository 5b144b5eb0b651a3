package hystrix_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/circuittest"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

func TestContract(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context()) // so that the sleep window holds
	cancel()
	ill := func(context.Context) error { return errors.New("ill") }
	for name, c := range map[string]hystrix.Config{
		"Default":     {},
		"Growing":     {SleepWindow: time.Second, MaxSleepWindow: 8 * time.Second},
		"Consecutive": {ErrorPercentThreshold: -1, ConsecutiveFailures: 5},
		"Probes":      {Probes: 3, SuccessesToClose: 7, SleepWindow: 500 * time.Millisecond},
		"NoJitter":    {SleepJitter: -1, Buckets: 1},
		"Ruled":       {},
		"CloseRule":   {},
		"Timed":       {SlowCallDuration: time.Hour, MaxRetryAfter: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			var opts []hystrix.Option
			if name == "Ruled" {
				opts = []hystrix.Option{hystrix.WithOpenRule(same(new(seen))), hystrix.WithHealthCheck(gone, hystrix.HealthCheck{Check: ill})}
			}
			if name == "CloseRule" { // that does as without it
				opts = []hystrix.Option{hystrix.WithCloseRule(same(hystrix.RuleFunc(func(s circuit.State, r circuit.Result) circuit.State {
					switch {
					case s == halfOpen && r.Outcome.Failed():
						return open
					case s == halfOpen && r.Outcome == circuit.Success:
						return closed
					}
					return s
				})))}
			}
			newBreaker := func() circuit.Breaker {
				b, err := hystrix.New(c, opts...)
				if err != nil {
					t.Fatal(err)
				}
				return b
			}
			sleep := max(c.SleepWindow, c.MaxSleepWindow)
			if sleep == 0 {
				sleep = 5 * time.Second
			}
			probes := max(1, c.Probes)
			suite := circuittest.Suite{
				New: newBreaker,
				Recovery: func(rate float64) time.Duration {
					calls := time.Duration(float64(max(1, c.SuccessesToClose)) / rate * float64(time.Second))
					return sleep + sleep/10 + calls
				},
				PermitLife: 10 * time.Second,
				Probes:     probes,
			}
			suite.Run(t)

			t.Run("MarksRefusals", func(t *testing.T) {
				suite.New = func() circuit.Breaker { return circuit.MarksRefusals(newBreaker()) }
				suite.Run(t)
			})
		})
	}
}
