package hystrix_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// Each way in which a call can end: what the caller gets, what the breaker hears, what is
// counted, and whether the fallback runs.
func TestCommandEnds(t *testing.T) {
	badRequest := circuit.BadRequest(errors.New("which offer?"))
	refusedBelow := fmt.Errorf("price: %w", circuit.ErrNotAllowed)
	pageOverdue := fmt.Errorf("page: %w", context.DeadlineExceeded)
	both := []time.Duration{commandUntimed, commandTimeout}
	for _, tt := range []struct {
		name     string
		timeouts []time.Duration
		ctx      func(context.Context) (context.Context, context.CancelFunc)
		refusal  error
		run      func(context.Context) error

		after    time.Duration
		err      error // if it is returned as it is
		text     string
		is       []error
		told     []circuit.Result // to the breaker
		stats    hystrix.Stats
		fallback bool
	}{
		{"success", both, aliveCtx, nil, runReturning(nil),
			0, nil, "", nil,
			[]circuit.Result{{}}, hystrix.Stats{Successes: 1}, false},
		{"success that takes its time", both, aliveCtx, nil, runSleeping(9*ms, nil),
			9 * ms, nil, "", nil,
			[]circuit.Result{{Duration: 9 * ms}}, hystrix.Stats{Successes: 1}, false},
		{"failure", both, aliveCtx, nil, runSleeping(3*ms, errOffer),
			3 * ms, errOffer, "backend is down", nil,
			[]circuit.Result{{Outcome: circuit.Failure, Duration: 3 * ms}}, hystrix.Stats{Failures: 1}, true},
		{"failure that asks for a pause", both, aliveCtx, nil, runReturning(busyCallee{2 * s}),
			0, busyCallee{2 * s}, "busy", nil,
			[]circuit.Result{{Outcome: circuit.Failure, RetryAfter: 2 * s}}, hystrix.Stats{Failures: 1}, true},
		{"bad request", both, aliveCtx, nil, runSleeping(3*ms, badRequest),
			3 * ms, badRequest, "which offer?", []error{circuit.ErrBadRequest},
			[]circuit.Result{{Outcome: circuit.Ignored, Kind: circuit.KindBadRequest, Duration: 3 * ms}},
			hystrix.Stats{BadRequests: 1}, false},
		{"refused further down", both, aliveCtx, nil, runReturning(refusedBelow),
			0, refusedBelow, "price: circuit: call not allowed", []error{circuit.ErrNotAllowed},
			[]circuit.Result{{Outcome: circuit.Ignored}}, hystrix.Stats{Ignored: 1}, true},
		{"short circuit", both, aliveCtx, errors.New("open"), runReturning(nil),
			0, nil, "hystrix: offers: short circuit: open", []error{hystrix.ErrShortCircuit, circuit.ErrNotAllowed},
			nil, hystrix.Stats{ShortCircuits: 1}, true},

		{"timeout of the command", both[1:], aliveCtx, nil, runSleeping(s, nil),
			10 * ms, nil, "hystrix: offers: timeout: not over within 10ms", []error{hystrix.ErrTimeout, context.DeadlineExceeded},
			[]circuit.Result{{Outcome: circuit.Failure, Kind: circuit.KindTimeout, Duration: 10 * ms}},
			hystrix.Stats{Timeouts: 1}, true},
		{"timeout of run's own", both, aliveCtx, nil, runSleeping(4*ms, context.DeadlineExceeded),
			4 * ms, nil, "hystrix: offers: timeout: context deadline exceeded", []error{hystrix.ErrTimeout, context.DeadlineExceeded},
			[]circuit.Result{{Outcome: circuit.Failure, Kind: circuit.KindTimeout, Duration: 4 * ms}},
			hystrix.Stats{Timeouts: 1}, true},
		{"caller's deadline, heeded", both[:1], dueAfter(4 * ms), nil, runHeeding,
			4 * ms, nil, "hystrix: offers: timeout: get offer: context deadline exceeded", []error{hystrix.ErrTimeout, context.DeadlineExceeded},
			[]circuit.Result{{Outcome: circuit.Failure, Kind: circuit.KindTimeout, Duration: 4 * ms}},
			hystrix.Stats{Timeouts: 1}, true},
		{"caller's deadline, earlier than the timeout, not heeded", both[1:], dueAfter(4 * ms), nil, runSleeping(s, nil),
			4 * ms, nil, "hystrix: offers: timeout: context deadline exceeded", []error{hystrix.ErrTimeout, context.DeadlineExceeded},
			[]circuit.Result{{Outcome: circuit.Failure, Kind: circuit.KindTimeout, Duration: 4 * ms}},
			hystrix.Stats{Timeouts: 1}, true},
		{"caller's deadline, over before", both, dueAfter(-s), nil, runReturning(nil),
			0, nil, "hystrix: offers: timeout: context deadline exceeded", []error{hystrix.ErrTimeout, context.DeadlineExceeded},
			nil, hystrix.Stats{Timeouts: 1}, true},
		{"success after the caller's deadline, not heeded", both[:1], dueAfter(4 * ms), nil, runSleeping(6*ms, nil),
			6 * ms, nil, "", nil,
			[]circuit.Result{{Duration: 6 * ms}}, hystrix.Stats{Successes: 1}, false},

		{"cancelled for a deadline, heeded", both[:1], leftAfter(4*ms, pageOverdue), nil, runHeeding,
			4 * ms, nil, "hystrix: offers: timeout: get offer: context canceled", []error{hystrix.ErrTimeout, context.DeadlineExceeded, context.Canceled},
			[]circuit.Result{{Outcome: circuit.Failure, Kind: circuit.KindTimeout, Duration: 4 * ms}},
			hystrix.Stats{Timeouts: 1}, true},
		{"cancelled for a deadline, not heeded", both[1:], leftAfter(4*ms, pageOverdue), nil, runSleeping(s, nil),
			4 * ms, nil, "hystrix: offers: timeout: page: context deadline exceeded", []error{hystrix.ErrTimeout, context.DeadlineExceeded},
			[]circuit.Result{{Outcome: circuit.Failure, Kind: circuit.KindTimeout, Duration: 4 * ms}},
			hystrix.Stats{Timeouts: 1}, true},

		{"cancelled before", both, overCtx, nil, runReturning(nil),
			0, nil, "hystrix: offers: interrupt: context canceled", []error{hystrix.ErrInterrupt, context.Canceled},
			nil, hystrix.Stats{Interrupts: 1}, false},
		{"cancelled, heeded", both[:1], leftAfter(4*ms, nil), nil, runHeeding,
			4 * ms, nil, "hystrix: offers: interrupt: get offer: context canceled", []error{hystrix.ErrInterrupt, context.Canceled},
			[]circuit.Result{{Outcome: circuit.Ignored, Kind: circuit.KindInterrupt, Duration: 4 * ms}},
			hystrix.Stats{Interrupts: 1}, false},
		{"cancelled with a cause, not heeded", both[1:], leftAfter(4*ms, errClientLeft), nil, runSleeping(s, nil),
			4 * ms, nil, "hystrix: offers: interrupt: the client left", []error{hystrix.ErrInterrupt, context.Canceled},
			[]circuit.Result{{Outcome: circuit.Ignored, Kind: circuit.KindInterrupt, Duration: 4 * ms}},
			hystrix.Stats{Interrupts: 1}, false},
		{"cancelled, and a failure for that", both[:1], leftAfter(4*ms, nil), nil, runSleeping(6*ms, errOffer),
			6 * ms, nil, "hystrix: offers: interrupt: backend is down", []error{hystrix.ErrInterrupt, context.Canceled},
			[]circuit.Result{{Outcome: circuit.Ignored, Kind: circuit.KindInterrupt, Duration: 6 * ms}},
			hystrix.Stats{Interrupts: 1}, false},
	} {
		for _, timeout := range tt.timeouts {
			t.Run(fmt.Sprintf("%s/%v", tt.name, timeout), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					type heard struct {
						r   circuit.Result
						err error
					}
					var after []heard
					l := &commandLedger{refusal: tt.refusal}
					c := newCommand(t, l, hystrix.CommandConfig{Timeout: timeout},
						hystrix.WithAfter(func(_ context.Context, r circuit.Result, err error) { after = append(after, heard{r, err}) }))
					ctx, cancel := tt.ctx(t.Context())
					defer cancel()
					start := time.Now()
					err := c.Do(ctx, tt.run, nil)
					if took := time.Since(start); took != tt.after {
						t.Errorf("took %v, want %v", took, tt.after)
					}
					if text := fmt.Sprint(err); err != nil && text != tt.text || err == nil && tt.text != "" {
						t.Errorf("text %q, want %q", text, tt.text)
					}
					if tt.err != nil && !identical(err, tt.err) {
						t.Errorf("error %v, want it to be run's own", err)
					}
					if is := sentinelsOf(err); !slices.Equal(is, tt.is) {
						t.Errorf("%v matches %v, want %v", err, is, tt.is)
					}
					if told := l.told(); !slices.Equal(told, tt.told) {
						t.Errorf("the breaker was told %+v, want %+v", told, tt.told)
					}
					if len(after) != 1 || !identical(after[0].err, err) || tt.told != nil && after[0].r != tt.told[0] {
						t.Errorf("WithAfter heard %+v, want the same as the caller and the breaker, once", after)
					}
					synctest.Wait()
					time.Sleep(2 * s) // runs that outlived their call
					if got := c.Stats(); got != tt.stats {
						t.Errorf("stats %+v, want %+v", got, tt.stats)
					}

					if tt.ctx != nil { // and again, with a fallback
						ctx, cancel := tt.ctx(t.Context())
						defer cancel()
						ran := false
						v, again := hystrix.Run(ctx, c, func(ctx context.Context) (string, error) { return "hot", tt.run(ctx) },
							func(fctx context.Context, ferr error) (string, error) {
								ran = true
								if fctx != ctx || fmt.Sprint(ferr) != tt.text || !slices.Equal(sentinelsOf(ferr), tt.is) {
									t.Errorf("the fallback got %v, and the caller's ctx: %t; want the call's error and true", ferr, fctx == ctx)
								}
								return "cold", nil
							})
						if ran != tt.fallback {
							t.Errorf("fallback ran: %t, want %t", ran, tt.fallback)
						}
						if ran && (v != "cold" || again != nil) {
							t.Errorf("with a fallback: %q, %v, want what it returns", v, again)
						}
						if !ran && fmt.Sprint(again) != fmt.Sprint(err) {
							t.Errorf("with a fallback that doesn't run: %v, want %v", again, err)
						}
						time.Sleep(2 * s)
					}
				})
			})
		}
	}
}

// The kind and the cause, by errors.As.
func TestCommandErrorSaysWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCommand(t, nil, hystrix.CommandConfig{Timeout: commandTimeout})
		ctx, cancel := leftAfter(4*ms, errClientLeft)(t.Context())
		defer cancel()
		err := fmt.Errorf("page: %w", c.Do(ctx, runSleeping(s, nil), nil))
		e, ok := errors.AsType[*hystrix.CommandError](err)
		if want := (hystrix.CommandError{Command: "offers", Kind: circuit.KindInterrupt, Err: errClientLeft}); !ok || *e != want {
			t.Errorf("%+v, want %+v", e, want)
		}
		if !errors.Is(err, errClientLeft) {
			t.Errorf("%v doesn't match its cause", err)
		}
		time.Sleep(s)
	})
}

func TestRetryAfterThroughACommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, hystrix.Config{ConsecutiveFailures: 1, SleepWindow: 7 * s, SleepJitter: -1})
		c := newCommand(t, b, hystrix.CommandConfig{})
		_ = c.Do(t.Context(), runReturning(errOffer), nil)
		time.Sleep(2 * s)
		for _, fallback := range []func(context.Context, error) error{nil, func(context.Context, error) error { return io.EOF }} {
			err := c.Do(t.Context(), runReturning(nil), fallback)
			if after, ok := circuit.RetryAfter(err); after != 5*s || !ok {
				t.Errorf("%v: %v, %t, want 5s", err, after, ok)
			}
		}
	})
}

// What run returns with its error is the caller's, too, as with circuit.Call.
func TestRunReturnsTheValueWithTheError(t *testing.T) {
	for _, timeout := range []time.Duration{commandUntimed, s} {
		c := newCommand(t, nil, hystrix.CommandConfig{Timeout: timeout})
		v, err := hystrix.Run(t.Context(), c, func(context.Context) (int, error) { return 7, io.EOF }, nil)
		if v != 7 || !identical(err, io.EOF) {
			t.Errorf("%d, %v, want 7, EOF", v, err)
		}
	}
}
