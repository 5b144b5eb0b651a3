package hystrix_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// A call and its fallback went wrong: both are told, and both can be matched.
func TestFallbackFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := newBreaker(t, hystrix.Config{})
		if err := open.SetMode(circuit.ForceOpen); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			breaker circuit.Breaker
			run     func(context.Context) error
			text    string
			is      []error
			kind    circuit.Kind
			cause   bool // it is errOffer
		}{
			{nil, runReturning(errOffer), "hystrix: offers: backend is down; fallback: EOF", nil, circuit.KindPlain, true},
			{nil, runSleeping(s, nil), "hystrix: offers: timeout: not over within 10ms; fallback: EOF",
				[]error{hystrix.ErrTimeout, context.DeadlineExceeded}, circuit.KindTimeout, false},
			{open, runReturning(nil), "hystrix: offers: short circuit: hystrix: call not allowed; fallback: EOF",
				[]error{hystrix.ErrShortCircuit, circuit.ErrNotAllowed}, circuit.KindShortCircuit, false},
		} {
			c := newCommand(t, tt.breaker, hystrix.CommandConfig{Timeout: commandTimeout})
			err := c.Do(t.Context(), tt.run, func(context.Context, error) error { return io.EOF })
			if fmt.Sprint(err) != tt.text || !slices.Equal(sentinelsOf(err), tt.is) {
				t.Errorf("%v, which matches %v; want %s, %v", err, sentinelsOf(err), tt.text, tt.is)
			}
			if !errors.Is(err, io.EOF) || errors.Is(err, errOffer) != tt.cause {
				t.Errorf("%v matches the fallback's error: %t, and run's: %t; want true, %t", err, errors.Is(err, io.EOF), errors.Is(err, errOffer), tt.cause)
			}
			if e, ok := errors.AsType[*hystrix.CommandError](err); !ok || e.Kind != tt.kind || !identical(e.Fallback, io.EOF) {
				t.Errorf("%#v, want a CommandError of %v", err, tt.kind)
			}
			if got := c.Stats(); got.FallbackFailures != 1 || got.FallbackSuccesses+got.FallbackRejects != 0 {
				t.Errorf("stats %+v, want one fallback that failed", got)
			}
			time.Sleep(s)
		}
	})
}

// A fallback that knows no better returns the error that it got, wrapped or not. That
// says all, and is not to be said twice.
func TestFallbackThatPassesTheErrorOn(t *testing.T) {
	open := newBreaker(t, hystrix.Config{})
	if err := open.SetMode(circuit.ForceOpen); err != nil {
		t.Fatal(err)
	}
	for _, b := range []circuit.Breaker{nil, open} {
		c := newCommand(t, b, hystrix.CommandConfig{})
		want := c.Do(t.Context(), runReturning(errOffer), nil)
		passed := c.Do(t.Context(), runReturning(errOffer), func(_ context.Context, err error) error { return err })
		if !identical(passed, want) {
			t.Errorf("passed on: %v, want %v", passed, want)
		}
		wrapped := c.Do(t.Context(), runReturning(errOffer), func(_ context.Context, err error) error { return fmt.Errorf("no offer: %w", err) })
		if wrapped.Error() != "no offer: "+want.Error() || !errors.Is(wrapped, want) {
			t.Errorf("wrapped: %v, want what the fallback returned", wrapped)
		}
		if got := c.Stats(); got.FallbackFailures != 2 {
			t.Errorf("stats %+v, want two fallbacks that failed", got)
		}
	}
}

// An error need not be comparable; to find out whether the fallback passed it on must not panic.
func TestFallbackOfAnErrorThatCanNotBeCompared(t *testing.T) {
	c := newCommand(t, nil, hystrix.CommandConfig{})
	for _, err := range []error{listError{errOffer}, anyError{listError{errOffer}}} {
		got := c.Do(t.Context(), runReturning(err), func(context.Context, error) error { return err })
		if want := "hystrix: offers: " + err.Error() + "; fallback: " + err.Error(); got.Error() != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
}

type listError []error

func (l listError) Error() string { return fmt.Sprint(len(l), " errors") }

type anyError struct{ v any }

func (anyError) Error() string { return "any error" }

// The fallback's ctx is the caller's: of a timeout of the command it knows nothing, and when
// the caller's own deadline is over, it is, too.
func TestFallbackHasTheCallersContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCommand(t, nil, hystrix.CommandConfig{Timeout: commandTimeout})
		for _, tt := range []struct {
			deadline time.Duration
			want     error
		}{{s, nil}, {4 * ms, context.DeadlineExceeded}, {-s, context.DeadlineExceeded}} {
			ctx, cancel := context.WithTimeout(t.Context(), tt.deadline)
			defer cancel()
			v, err := hystrix.Run(ctx, c, func(context.Context) (string, error) { time.Sleep(s); return "hot", nil },
				func(fctx context.Context, err error) (string, error) {
					if fctx != ctx || !identical(fctx.Err(), tt.want) || !errors.Is(err, hystrix.ErrTimeout) {
						t.Errorf("the fallback got a ctx with %v, and %v; want the caller's with %v, and a timeout", fctx.Err(), err, tt.want)
					}
					return "cold", nil
				})
			if v != "cold" || err != nil {
				t.Errorf("%q, %v, want cold", v, err)
			}
			time.Sleep(2 * s)
		}
	})
}

func TestMaxConcurrentFallbacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCommand(t, nil, hystrix.CommandConfig{MaxConcurrentFallbacks: 3})
		slow := func(context.Context, error) error { time.Sleep(s); return nil }
		results := make(chan error, 5)
		for range cap(results) {
			go func() { results <- c.Do(t.Context(), runReturning(errOffer), slow) }()
		}
		synctest.Wait()
		if got := c.Stats(); got != (hystrix.Stats{Failures: 5, FallbackRejects: 2, FallbacksInFlight: 3}) {
			t.Errorf("stats %+v, want 3 fallbacks in flight and 2 rejected", got)
		}
		for range 2 {
			err := <-results
			if is := sentinelsOf(err); !slices.Equal(is, []error{hystrix.ErrMaxFallbacks}) || !errors.Is(err, errOffer) {
				t.Errorf("%v, which matches %v; want ErrMaxFallbacks and the cause", err, is)
			}
			if want := "hystrix: offers: backend is down; fallback: hystrix: too many fallbacks at once"; err.Error() != want {
				t.Errorf("%v, want %s", err, want)
			}
		}
		for range 3 {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
		if got := c.Stats(); got != (hystrix.Stats{Failures: 5, FallbackSuccesses: 3, FallbackRejects: 2}) {
			t.Errorf("stats %+v, want 3 fallbacks that succeeded", got)
		}
	})
}

// A fallback's panic and Goexit are the caller's, and its place is given back.
func TestFallbackUnwinds(t *testing.T) {
	c := newCommand(t, nil, hystrix.CommandConfig{MaxConcurrentFallbacks: 1})
	for range 2 {
		v := recoveredFrom(func() {
			_ = c.Do(t.Context(), runReturning(errOffer), func(context.Context, error) error { return misbehave("boom") })
		})
		if v != "boom" {
			t.Errorf("recovered %v, want boom", v)
		}
	}
	if returnsFrom(func() {
		_ = c.Do(t.Context(), runReturning(errOffer), func(context.Context, error) error { runtime.Goexit(); return nil })
	}) {
		t.Error("Do returned, want the goroutine to end")
	}
	if err := c.Do(t.Context(), runReturning(errOffer), func(context.Context, error) error { return nil }); err != nil {
		t.Errorf("after the panics: %v, want a fallback", err)
	}
	if got := c.Stats(); got != (hystrix.Stats{Failures: 4, FallbackFailures: 3, FallbackSuccesses: 1}) {
		t.Errorf("stats %+v, want 3 fallbacks that failed, and none in flight", got)
	}
}
