package hystrix_test

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"runtime/metrics"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/hystrix"
)

// goroutinesStarted is how many the process has started, ever.
func goroutinesStarted() uint64 {
	sample := []metrics.Sample{{Name: "/sched/goroutines-created:goroutines"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// goroutine is the number of the one that calls it.
func goroutine() string {
	line := make([]byte, 64)
	name, _, _ := bytes.Cut(line[:runtime.Stack(line, false)], []byte(" ["))
	return string(name)
}

// Without a timeout no goroutine is started, and run is on the caller's; with one, each run
// has its own. The fallback and the hooks after the call are always on the caller's.
func TestGoroutineOnlyForATimeout(t *testing.T) {
	const calls = 1000
	for _, timeout := range []time.Duration{commandUntimed, time.Minute} {
		caller := goroutine()
		elsewhere := 0
		c := newCommand(t, nil, hystrix.CommandConfig{Timeout: timeout, MaxConcurrent: 1, MaxConcurrentFallbacks: 1},
			hystrix.WithBefore(func(context.Context) {
				if (goroutine() == caller) != (timeout == 0) {
					t.Errorf("timeout %v: before on %s, caller is %s", timeout, goroutine(), caller)
				}
			}))
		before := goroutinesStarted()
		for range calls {
			_ = c.Do(t.Context(), func(context.Context) error {
				if goroutine() != caller {
					elsewhere++
				}
				return errOffer
			}, func(context.Context, error) error {
				if goroutine() != caller {
					t.Error("the fallback is not on the caller's goroutine")
				}
				return nil
			})
		}
		started := goroutinesStarted() - before
		if timeout == 0 && (elsewhere != 0 || started > calls/10) { // the runtime has its own
			t.Errorf("no timeout: %d goroutines for %d calls, %d runs elsewhere; want none", started, calls, elsewhere)
		}
		if timeout > 0 && (elsewhere != calls || started < calls) {
			t.Errorf("with a timeout: %d goroutines for %d calls, %d runs elsewhere; want one each", started, calls, elsewhere)
		}
	}
}

// A bubble does not end while a goroutine of it is blocked for good: it would panic. So
// the goroutine of a run ends with it, whoever has given it up; and until then it is
// there, so that the bubble would have something to find.
func TestGoroutineEndsWithRun(t *testing.T) {
	for name, ctx := range map[string]func(context.Context) (context.Context, context.CancelFunc){
		"timeout": aliveCtx, "interrupt": leftAfter(4*ms, nil), "deadline": dueAfter(4 * ms),
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newCommand(t, nil, hystrix.CommandConfig{Timeout: commandTimeout})
			ctx, cancel := ctx(t.Context())
			defer cancel()
			goOn := make(chan struct{}, 1)
			ended := make(chan struct{})
			err := c.Do(ctx, func(context.Context) error {
				defer close(ended)
				<-goOn // heeds nothing else
				return errOffer
			}, func(_ context.Context, err error) error { return err })
			if !errors.Is(err, hystrix.ErrTimeout) && !errors.Is(err, hystrix.ErrInterrupt) {
				t.Errorf("%s: %v, want the call to be over", name, err)
			}
			if got := c.Stats().InFlight; got != 1 {
				t.Errorf("%s: %d runs in flight, want the one that is", name, got)
			}
			goOn <- struct{}{}
			synctest.Wait()
			select {
			case <-ended:
			default:
				t.Errorf("%s: run goes on", name)
			}
			if got := c.Stats().InFlight; got != 0 {
				t.Errorf("%s: %d runs in flight, want none", name, got)
			}
		})
	}
}

// The timer of a call ends with the call, else each would hold memory until its timeout.
func TestContextOfRunEndsWithTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCommand(t, nil, hystrix.CommandConfig{Timeout: time.Hour})
		var of context.Context
		_ = c.Do(t.Context(), func(ctx context.Context) error {
			of = ctx
			if due, ok := ctx.Deadline(); !ok || time.Until(due) != time.Hour {
				t.Errorf("run has %v, want the timeout", time.Until(due))
			}
			return nil
		}, nil)
		if of.Err() != context.Canceled {
			t.Errorf("after the call run's ctx has %v, want it cancelled", of.Err())
		}
	})
}
