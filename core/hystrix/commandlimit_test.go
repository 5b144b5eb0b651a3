package hystrix_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// Of 7 calls at once 5 find a place. The breaker had admitted the other 2, and gets them back.
func TestMaxConcurrent(t *testing.T) {
	for _, timeout := range []time.Duration{commandUntimed, s} {
		synctest.Test(t, func(t *testing.T) {
			l := &commandLedger{}
			c := newCommand(t, l, hystrix.CommandConfig{Timeout: timeout, MaxConcurrent: 5})
			results := make(chan error, 7)
			for range cap(results) {
				go func() { results <- c.Do(t.Context(), runSleeping(20*ms, nil), nil) }()
			}
			synctest.Wait()
			if got := c.Stats(); got != (hystrix.Stats{ConcurrencyRejects: 2, InFlight: 5}) {
				t.Errorf("stats %+v, want 5 in flight and 2 rejected", got)
			}
			for range 2 {
				err := <-results
				want := []error{hystrix.ErrMaxConcurrency, circuit.ErrNotAllowed}
				if is := sentinelsOf(err); !slices.Equal(is, want) || err.Error() != "hystrix: offers: concurrency reject: 5 calls in flight already" {
					t.Errorf("%v, which matches %v, want %v", err, is, want)
				}
			}
			for range 5 {
				if err := <-results; err != nil {
					t.Error(err)
				}
			}
			told := map[circuit.Result]int{}
			for _, r := range l.told() {
				told[r]++
			}
			if n := told[circuit.Result{Outcome: circuit.Ignored, Kind: circuit.KindConcurrencyReject}]; n != 2 ||
				told[circuit.Result{Duration: 20 * ms}] != 5 || len(told) != 2 {
				t.Errorf("the breaker was told %+v, want 2 rejects and 5 successes", told)
			}
			if got := c.Stats(); got != (hystrix.Stats{Successes: 5, ConcurrencyRejects: 2}) {
				t.Errorf("stats %+v, want 5 successes and 2 rejected", got)
			}
		})
	}
}

// A run that outlives its timeout still uses what the limit protects.
func TestPlaceIsHeldUntilRunReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCommand(t, nil, hystrix.CommandConfig{Timeout: commandTimeout, MaxConcurrent: 1})
		ends := map[time.Duration]func() error{
			50 * ms:  func() error { return nil },
			150 * ms: func() error { runtime.Goexit(); return nil },
		}
		for after, end := range ends {
			if err := c.Do(t.Context(), func(context.Context) error { time.Sleep(after); return end() }, nil); !errors.Is(err, hystrix.ErrTimeout) {
				t.Errorf("%v, want a timeout", err)
			}
			time.Sleep(after - commandTimeout - 1)
			if err := c.Do(t.Context(), runReturning(nil), nil); !errors.Is(err, hystrix.ErrMaxConcurrency) {
				t.Errorf("1 ns before run returns: %v, want a reject", err)
			}
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			if err := c.Do(t.Context(), runReturning(nil), nil); err != nil {
				t.Errorf("when run has returned: %v, want a place", err)
			}
		}
		if got := c.Stats(); got != (hystrix.Stats{Successes: 2, Timeouts: 2, ConcurrencyRejects: 2}) {
			t.Errorf("stats %+v, want two calls of each kind", got)
		}
	})
}

// A call that follows another one finds its place free: it is left before the call ends.
func TestOneAfterTheOtherFitsALimitOfOne(t *testing.T) {
	for _, timeout := range []time.Duration{commandUntimed, time.Minute} {
		c := newCommand(t, nil, hystrix.CommandConfig{Timeout: timeout, MaxConcurrent: 1, MaxConcurrentFallbacks: 1})
		for range 1000 {
			if err := c.Do(t.Context(), runReturning(errOffer), func(context.Context, error) error { return nil }); err != nil {
				t.Fatalf("timeout %v: %v", timeout, err)
			}
		}
	}
}

// As many goroutines as places: nobody is ever rejected, since a place is free before its
// call ends.
func TestAsManyCallersAsPlaces(t *testing.T) {
	const limit, calls = 8, 500
	for _, timeout := range []time.Duration{commandUntimed, time.Minute} {
		c := newCommand(t, nil, hystrix.CommandConfig{Timeout: timeout, MaxConcurrent: limit})
		var all sync.WaitGroup
		for range limit {
			all.Go(func() {
				for range calls {
					if err := c.Do(t.Context(), func(context.Context) error { runtime.Gosched(); return nil }, nil); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if got := c.Stats(); got != (hystrix.Stats{Successes: limit * calls}) {
			t.Errorf("stats %+v, want %d successes", got, limit*calls)
		}
	}
}

// Twice as many callers as places: however they race, never more are inside, every call
// counts once, and no place is lost in the end, whichever way runs end.
func TestNoPlaceIsLost(t *testing.T) {
	const goroutines, limit, calls = 8, 3, 300
	for _, timeout := range []time.Duration{commandUntimed, 200 * time.Microsecond} {
		l := &commandLedger{}
		c := newCommand(t, l, hystrix.CommandConfig{Timeout: timeout, MaxConcurrent: limit, MaxConcurrentFallbacks: 1},
			hystrix.WithLatePanic(func(context.Context, string, *hystrix.PanicError) {}))
		var inside, calledBack atomic.Int64
		var all sync.WaitGroup
		for g := range goroutines {
			all.Go(func() {
				for i := range calls {
					end := (g + i) % 6
					returnsFrom(func() {
						defer func() { _ = recover() }()
						_ = c.Do(t.Context(), func(ctx context.Context) error {
							if n := inside.Add(1); n > limit {
								t.Errorf("%d inside, want at most %d", n, limit)
							}
							defer inside.Add(-1)
							switch end {
							case 0:
								panic("boom")
							case 1:
								runtime.Goexit()
							case 2:
								return errOffer
							case 3:
								return circuit.BadRequest(errOffer)
							case 4:
								if timeout > 0 {
									<-ctx.Done()
								}
							}
							return nil
						}, func(context.Context, error) error {
							calledBack.Add(1)
							if i%2 == 0 {
								panic("boom, too")
							}
							return nil
						})
					})
				}
			})
		}
		all.Wait()
		for c.Stats().InFlight > 0 { // runs that outlived their call
			runtime.Gosched()
		}
		got := c.Stats()
		sum := got.Successes + got.Failures + got.Timeouts + got.BadRequests + got.ConcurrencyRejects
		if sum != goroutines*calls || got.FallbacksInFlight != 0 || got.FallbackSuccesses+got.FallbackFailures != uint64(calledBack.Load()) {
			t.Errorf("stats %+v, want %d calls and %d fallbacks, and nothing in flight", got, goroutines*calls, calledBack.Load())
		}
		counts := map[circuit.Outcome]uint64{}
		for _, r := range l.told() {
			counts[r.Outcome]++
		}
		want := map[circuit.Outcome]uint64{circuit.Success: got.Successes, circuit.Failure: got.Failures + got.Timeouts,
			circuit.Ignored: got.BadRequests + got.ConcurrencyRejects}
		if fmt.Sprint(counts) != fmt.Sprint(want) {
			t.Errorf("the breaker was told %v, want %v, each permit once", counts, want)
		}
	}
}

// A probe that finds no place says nothing about the callee, and the next one may try.
func TestProbeThatFindsNoPlaceIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, hystrix.Config{ConsecutiveFailures: 1, SleepWindow: 100 * ms, SleepJitter: -1})
		c := newCommand(t, b, hystrix.CommandConfig{MaxConcurrent: 1})
		go func() { _ = c.Do(t.Context(), runSleeping(300*ms, nil), nil) }()
		synctest.Wait()
		b.MarkFailed() // someone else's call
		time.Sleep(100 * ms)
		for range 3 {
			if err := c.Do(t.Context(), runReturning(nil), nil); !errors.Is(err, hystrix.ErrMaxConcurrency) {
				t.Errorf("%v, want a reject: the probe is admitted, but for it there is no place", err)
			}
			if got := b.Snapshot(); got.State != halfOpen || got.Probes != 0 {
				t.Errorf("%v with %d probes, want half-open with none", got.State, got.Probes)
			}
		}
		time.Sleep(201 * ms)
		if err := c.Do(t.Context(), runReturning(nil), nil); err != nil || b.Snapshot().State != closed {
			t.Errorf("%v and %v, want the probe to close the breaker", err, b.Snapshot().State)
		}
	})
}

func TestUpdateOfACommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCommand(t, nil, hystrix.CommandConfig{MaxConcurrent: 2})
		for range 2 {
			go func() { _ = c.Do(t.Context(), runSleeping(s, nil), nil) }()
		}
		synctest.Wait()
		call := func() error { return c.Do(t.Context(), runReturning(nil), nil) }
		set := func(config hystrix.CommandConfig) {
			if err := c.Update(config); err != nil {
				t.Fatal(err)
			}
		}
		if err := call(); !errors.Is(err, hystrix.ErrMaxConcurrency) {
			t.Errorf("%v, want a reject", err)
		}
		set(hystrix.CommandConfig{MaxConcurrent: 3})
		if err := call(); err != nil {
			t.Errorf("with a third place: %v", err)
		}
		set(hystrix.CommandConfig{MaxConcurrent: 1})
		if err := call(); err == nil || err.Error() != "hystrix: offers: concurrency reject: 1 calls in flight already" {
			t.Errorf("%v, want a reject by the new limit", err)
		}
		wrong := c.Update(hystrix.CommandConfig{MaxConcurrent: -1})
		if e, ok := errors.AsType[*circuit.FieldError](wrong); !ok || e.Field != "MaxConcurrent" {
			t.Errorf("%v, want a FieldError about MaxConcurrent", wrong)
		}
		if got := c.Config(); got != (hystrix.CommandConfig{MaxConcurrent: 1}) {
			t.Errorf("after a wrong update: %+v, want the last good settings", got)
		}
		set(hystrix.CommandConfig{Timeout: commandTimeout})
		start := time.Now()
		if err := c.Do(t.Context(), runSleeping(s, nil), nil); !errors.Is(err, hystrix.ErrTimeout) || time.Since(start) != commandTimeout {
			t.Errorf("%v after %v, want the new timeout", err, time.Since(start))
		}
		time.Sleep(2 * s)
		if got := c.Stats(); got != (hystrix.Stats{Successes: 3, Timeouts: 1, ConcurrencyRejects: 2}) {
			t.Errorf("stats %+v", got)
		}
	})
}

// A bulkhead around the breaker refuses for want of a place, not as a breaker does.
func TestBulkheadUnderACommand(t *testing.T) {
	limit, err := bulkhead.New(bulkhead.Config{Max: 1})
	if err != nil {
		t.Fatal(err)
	}
	guarded := bulkhead.Guard(newBreaker(t, hystrix.Config{}), limit)
	c, err := hystrix.NewCommand("orders", guarded, hystrix.CommandConfig{})
	if err != nil {
		t.Fatal(err)
	}
	err = c.Do(t.Context(), func(ctx context.Context) error {
		return c.Do(ctx, func(context.Context) error { return nil }, nil)
	}, nil)
	if !errors.Is(err, hystrix.ErrMaxConcurrency) || !errors.Is(err, bulkhead.ErrFull) || errors.Is(err, hystrix.ErrShortCircuit) {
		t.Errorf("the second call at once: %v, want a concurrency reject by the bulkhead", err)
	}
	if got := c.Stats(); got.ConcurrencyRejects != 1 || got.ShortCircuits != 0 {
		t.Errorf("counted %+v, want one concurrency reject", got)
	}
}
