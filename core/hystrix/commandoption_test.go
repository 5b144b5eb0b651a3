package hystrix_test

import (
	"context"
	"errors"
	"io"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// A nil option, or one of nothing, leaves the defaults.
func TestNilCommandOptionsChangeNothing(t *testing.T) {
	l := &commandLedger{}
	c := newCommand(t, l, hystrix.CommandConfig{}, nil, hystrix.WithCommandClassifier(nil), hystrix.WithBefore(nil),
		hystrix.WithAfter(nil), hystrix.WithLatePanic(nil))
	_ = c.Do(t.Context(), runReturning(errOffer), nil)
	if got, want := c.Stats(), (hystrix.Stats{Failures: 1}); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
}

// A classifier judges what run returns, except where there is no question.
func TestCommandClassifier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked []error
		everythingFails := hystrix.WithCommandClassifier(func(_ context.Context, err error) circuit.Outcome {
			asked = append(asked, err)
			switch {
			case err == nil, errors.Is(err, io.EOF):
				return circuit.Success
			case errors.Is(err, io.ErrClosedPipe):
				return circuit.Ignored
			case errors.Is(err, io.ErrShortWrite):
				return circuit.Overload
			}
			return circuit.Failure
		})
		l := &commandLedger{}
		c := newCommand(t, l, hystrix.CommandConfig{Timeout: commandTimeout}, everythingFails)
		fallbacks := 0
		do := func(ctx context.Context, run func(context.Context) error) {
			_ = c.Do(ctx, run, func(_ context.Context, err error) error { fallbacks++; return err })
			time.Sleep(s)
		}
		do(t.Context(), runReturning(nil))
		do(t.Context(), runReturning(io.EOF))
		do(t.Context(), runReturning(io.ErrClosedPipe))
		do(t.Context(), runReturning(io.ErrShortWrite))
		do(t.Context(), runReturning(errOffer))
		do(t.Context(), runReturning(circuit.ErrNotAllowed))
		judged := len(asked)
		if want := []error{nil, io.EOF, io.ErrClosedPipe, io.ErrShortWrite, errOffer, circuit.ErrNotAllowed}; !reflect.DeepEqual(asked, want) {
			t.Errorf("asked about %v, want %v", asked, want)
		}
		if fallbacks != 3 {
			t.Errorf("%d fallbacks, want 3: overload, failure, failure", fallbacks)
		}

		do(t.Context(), runReturning(circuit.BadRequest(io.EOF)))
		do(t.Context(), runHeeding)
		ctx, cancel := leftAfter(4*ms, nil)(t.Context())
		defer cancel()
		do(ctx, runHeeding)
		do(ctx, runReturning(io.EOF))
		if len(asked) != judged {
			t.Errorf("asked about %v, want no more questions", asked[judged:])
		}
		if fallbacks != 4 {
			t.Errorf("%d fallbacks, want 4: the timeout's, too", fallbacks)
		}
		want := []circuit.Result{{}, {}, {Outcome: circuit.Ignored}, {Outcome: circuit.Overload}, {Outcome: circuit.Failure},
			{Outcome: circuit.Failure},
			{Outcome: circuit.Ignored, Kind: circuit.KindBadRequest},
			{Outcome: circuit.Failure, Kind: circuit.KindTimeout, Duration: 10 * ms},
			{Outcome: circuit.Ignored, Kind: circuit.KindInterrupt, Duration: 4 * ms}}
		if told := l.told(); !slices.Equal(told, want) {
			t.Errorf("the breaker was told\n%+v, want\n%+v", told, want)
		}
		if got, want := c.Stats(), (hystrix.Stats{Successes: 2, Failures: 3, Timeouts: 1, BadRequests: 1, Interrupts: 2, Ignored: 1,
			FallbackFailures: 4}); got != want {
			t.Errorf("stats %+v, want %+v", got, want)
		}
	})
}

// The ctx of a run is over, and run says no more than that: the same holds, with a goroutine
// of its own or not, whatever a careless classifier makes of errors.
func TestClassifierIsNotAskedAboutAContextThatIsOver(t *testing.T) {
	for _, timeout := range []time.Duration{commandUntimed, commandTimeout} {
		synctest.Test(t, func(t *testing.T) {
			l := &commandLedger{}
			c := newCommand(t, l, hystrix.CommandConfig{Timeout: timeout},
				hystrix.WithCommandClassifier(func(_ context.Context, err error) circuit.Outcome {
					t.Errorf("asked about %v", err)
					return circuit.Success
				}))
			for _, ctx := range []func(context.Context) (context.Context, context.CancelFunc){leftAfter(4*ms, nil), dueAfter(4 * ms)} {
				ctx, cancel := ctx(t.Context())
				defer cancel()
				_ = c.Do(ctx, runHeeding, nil)
			}
			if got := l.told(); len(got) != 2 || got[0].Kind != circuit.KindInterrupt || got[1].Kind != circuit.KindTimeout {
				t.Errorf("the breaker was told %+v, want an interrupt and a timeout", got)
			}
		})
	}
}

// The classifier judges by the ctx that run had, the command's timeout included.
func TestClassifierHasTheContextOfRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCommand(t, nil, hystrix.CommandConfig{Timeout: commandTimeout},
			hystrix.WithCommandClassifier(func(ctx context.Context, _ error) circuit.Outcome {
				if due, ok := ctx.Deadline(); !ok || time.Until(due) != 7*ms || ctx.Err() != nil {
					t.Errorf("the ctx has %v left and %v, want 7ms of the timeout, and no error", time.Until(due), ctx.Err())
				}
				return circuit.Success
			}))
		_ = c.Do(t.Context(), runSleeping(3*ms, nil), nil)
	})
}

// Hooks come in the order that they were given in; a refused call has no Before.
func TestCommandHooks(t *testing.T) {
	for _, timeout := range []time.Duration{commandUntimed, s} {
		var log []string
		say := func(what string) { log = append(log, what) }
		l := &commandLedger{}
		c := newCommand(t, l, hystrix.CommandConfig{Timeout: timeout},
			hystrix.WithBefore(func(context.Context) { say("before") }), hystrix.WithBefore(func(context.Context) { say("before, too") }),
			hystrix.WithAfter(func(_ context.Context, r circuit.Result, _ error) { say("after " + r.Kind.String()) }),
			hystrix.WithAfter(func(context.Context, circuit.Result, error) { say("after, too") }))
		do := func() {
			_ = c.Do(t.Context(), func(context.Context) error { say("run"); return errOffer },
				func(context.Context, error) error { say("fallback"); return nil })
		}
		do()
		l.refusal = errOffer
		do()
		if want := []string{"before", "before, too", "run", "after plain", "after, too", "fallback",
			"after short circuit", "after, too", "fallback"}; !slices.Equal(log, want) {
			t.Errorf("%q, want %q", log, want)
		}
	}
}
