package hystrix_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// A panic in a rule of the breaker is the caller's. The call counts, which it had not.
func TestPanicInARuleUnderACommand(t *testing.T) {
	for _, timeout := range []time.Duration{commandUntimed, s} {
		b := ruled(t, hystrix.Config{}, hystrix.WithOpenRule(same(hystrix.RuleFunc(func(_ circuit.State, r circuit.Result) circuit.State {
			panic(r.Kind)
		}))))
		heard := 0
		c := newCommand(t, b, hystrix.CommandConfig{Timeout: timeout, MaxConcurrent: 1},
			hystrix.WithAfter(func(context.Context, circuit.Result, error) { heard++ }))
		do := func(run func(context.Context) error, want circuit.Kind) {
			if got := recoveredFrom(func() { _ = c.Do(t.Context(), run, noFallback(t)) }); got != want {
				t.Errorf("recovered %v, want the panic of the rule at %v", got, want)
			}
		}
		do(runReturning(errOffer), circuit.KindPlain)
		do(func(context.Context) error {
			do(runReturning(nil), circuit.KindConcurrencyReject)
			return nil
		}, circuit.KindPlain)
		if got := c.Stats(); got != (hystrix.Stats{Successes: 1, Failures: 1, ConcurrencyRejects: 1}) || heard != 3 {
			t.Errorf("stats %+v, and WithAfter heard of %d calls; want one of each, and three", got, heard)
		}
	}
}

// A run that returns the cause of its ctx returns the command's own error, which said all
// twice then.
func TestRunThatReturnsTheCause(t *testing.T) {
	c := newCommand(t, nil, hystrix.CommandConfig{Timeout: ms})
	for range 100 { // in most of them run is the first to see that it is late
		err := c.Do(t.Context(), func(ctx context.Context) error {
			for ctx.Err() == nil {
			}
			return context.Cause(ctx)
		}, nil)
		if want := "hystrix: offers: timeout: not over within 1ms"; !errors.Is(err, hystrix.ErrTimeout) || err.Error() != want {
			t.Fatalf("%v, want %s", err, want)
		}
	}
}
