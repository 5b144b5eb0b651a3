package circuitfailsafe_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/hedgepolicy"
	"github.com/failsafe-go/failsafe-go/timeout"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/core/circuit"
)

type execution = failsafe.Execution[any]

// lasting is a call that takes so long, unless its context ends before.
func lasting(d time.Duration) func(execution) error {
	return func(exec execution) error {
		select {
		case <-time.After(d):
			return nil
		case <-exec.Context().Done():
			return exec.Context().Err()
		}
	}
}

// stubborn is a call that takes so long whatever its context says.
func stubborn(d time.Duration) func(execution) error {
	return func(execution) error { time.Sleep(d); return nil }
}

// What failsafe calls a timeout is one to the breaker, though to the context of a policy
// inside it, it looks like the caller's cancellation.
func TestEndsOfACall(t *testing.T) {
	const s = time.Second
	hedged := hedgepolicy.NewWithDelay[any](s)
	for _, tt := range []struct {
		name    string
		outside []failsafe.Policy[any]
		inside  []failsafe.Policy[any]
		call    func(execution) error
		caller  func(context.Context) (context.Context, context.CancelFunc)
		err     error
		want    []circuit.Result
	}{
		{
			name: "timeout outside", outside: policies(timeout.New[any](s)), call: lasting(3 * s),
			err: timeout.ErrExceeded, want: []circuit.Result{timedOutIn(s)},
		}, {
			name: "timeout outside, which the call doesn't heed", outside: policies(timeout.New[any](s)), call: stubborn(3 * s),
			err: timeout.ErrExceeded, want: []circuit.Result{timedOutIn(3 * s)},
		}, {
			name: "timeout inside", inside: policies(timeout.New[any](s)), call: lasting(3 * s),
			err: timeout.ErrExceeded, want: []circuit.Result{timedOutIn(s)},
		}, {
			name: "timeouts on both sides", outside: policies(timeout.New[any](2 * s)), inside: policies(timeout.New[any](s)), call: lasting(3 * s),
			err: timeout.ErrExceeded, want: []circuit.Result{timedOutIn(s)},
		}, {
			name: "timeout that isn't over", outside: policies(timeout.New[any](2 * s)), inside: policies(timeout.New[any](2 * s)), call: lasting(s),
			want: []circuit.Result{succeededIn(s)},
		}, {
			name: "the caller gives up", call: lasting(3 * s), caller: givingUp(s),
			err: context.Canceled, want: []circuit.Result{interruptedIn(s)},
		}, {
			name: "the caller gives up between two timeouts", outside: policies(timeout.New[any](2 * s)), inside: policies(timeout.New[any](2 * s)),
			call: lasting(3 * s), caller: givingUp(s),
			err: context.Canceled, want: []circuit.Result{interruptedIn(s)},
		}, {
			name: "the caller gives up, and is served nevertheless", call: stubborn(3 * s), caller: givingUp(s),
			want: []circuit.Result{succeededIn(3 * s)},
		}, {
			name: "the caller's deadline", call: lasting(3 * s), caller: deadline(s),
			err: context.DeadlineExceeded, want: []circuit.Result{timedOutIn(s)},
		}, {
			name: "a retry after the timeout, given up", outside: policies(circuitfailsafe.NewRetryPolicyBuilder[any]().Build(), timeout.New[any](s)),
			call: lasting(3 * s), caller: givingUp(1500 * time.Millisecond),
			err: context.Canceled, want: []circuit.Result{timedOutIn(s), interruptedIn(s / 2)},
		}, {
			name: "the hedge wins", outside: policies(hedged), call: firstSlow(3*s, s/2),
			want: []circuit.Result{interruptedIn(1500 * time.Millisecond), succeededIn(s / 2)},
		}, {
			name: "the hedge loses", outside: policies(hedged), call: firstSlow(3*s/2, s),
			want: []circuit.Result{succeededIn(3 * s / 2), interruptedIn(s / 2)},
		}, {
			name: "timeout around hedges", outside: policies(timeout.New[any](2*s), hedged), call: lasting(3 * s),
			err: timeout.ErrExceeded, want: []circuit.Result{timedOutIn(2 * s), timedOutIn(s)},
		}, {
			name: "the caller gives hedges up", outside: policies(hedged), call: lasting(3 * s), caller: givingUp(2 * s),
			err: context.Canceled, want: []circuit.Result{interruptedIn(2 * s), interruptedIn(s)},
		}, {
			// Where the winner's result is a timeout, failsafe cancels the loser by that
			// result, so that it can't be told from one which was over time itself.
			name: "the hedge's winner was over time", outside: policies(hedged, timeout.New[any](2*s)), call: lasting(9 * s),
			err: timeout.ErrExceeded, want: []circuit.Result{timedOutIn(2 * s), timedOutIn(s)},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &ledger{}
				ctx, cancel := t.Context(), context.CancelFunc(func() {})
				if tt.caller != nil {
					ctx, cancel = tt.caller(ctx)
				}
				defer cancel()
				all := append(append(tt.outside, circuitfailsafe.NewPolicy[any](l)), tt.inside...)
				if err := failsafe.With(all...).WithContext(ctx).RunWithExecution(tt.call); !errors.Is(err, tt.err) {
					t.Errorf("%v, want %v", err, tt.err)
				}
				synctest.Wait()    // for losers
				time.Sleep(10 * s) // and for those that don't heed their context
				l.want(t, tt.want...)
			})
		})
	}
}

func policies(p ...failsafe.Policy[any]) []failsafe.Policy[any] { return p }

func givingUp(after time.Duration) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(ctx)
		time.AfterFunc(after, cancel)
		return ctx, cancel
	}
}

func deadline(after time.Duration) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeout(ctx, after)
	}
}

// firstSlow takes so long for the first attempt, and another time for hedges.
func firstSlow(first, hedges time.Duration) func(execution) error {
	return func(exec execution) error {
		if exec.IsHedge() {
			return lasting(hedges)(exec)
		}
		return lasting(first)(exec)
	}
}

func TestAsyncCancelIsTheCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{}
		running := failsafe.With(timeout.New[any](time.Minute), circuitfailsafe.NewPolicy[any](l)).RunAsyncWithExecution(lasting(time.Hour))
		time.Sleep(time.Second)
		running.Cancel()
		if err := running.Error(); !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want a cancelled execution", err)
		}
		l.want(t, interruptedIn(time.Second))
	})
}

// By default a hedge policy takes the first result for the answer, a refusal, too. A
// condition keeps it from giving up the attempt that is under way.
func TestRefusedHedge(t *testing.T) {
	asked := func(_ any, err error) bool { return !errors.Is(err, circuit.ErrNotAllowed) }
	for _, tt := range []struct {
		name   string
		hedges hedgepolicy.HedgePolicy[any]
		err    error
		took   time.Duration
		want   circuit.Result
	}{
		{"by default it ends the call", hedgepolicy.NewWithDelay[any](time.Second), circuit.ErrNotAllowed, time.Second, interruptedIn(time.Second)},
		{"with CancelIf it doesn't", hedgepolicy.NewBuilderWithDelay[any](time.Second).CancelIf(asked).Build(), nil, 3 * time.Second, succeededIn(3 * time.Second)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &ledger{}
				executor := failsafe.With(tt.hedges, circuitfailsafe.NewPolicy[any](l))
				time.AfterFunc(time.Second/2, func() { l.mu.Lock(); l.refuses = true; l.mu.Unlock() })
				start := time.Now()
				if err := executor.RunWithExecution(lasting(3 * time.Second)); !errors.Is(err, tt.err) || time.Since(start) != tt.took {
					t.Errorf("%v after %v; want %v after %v", err, time.Since(start), tt.err, tt.took)
				}
				synctest.Wait()
				l.want(t, tt.want)
			})
		})
	}
}

// The error that a classifier sees has the text of the attempt's own, where that has one.
func TestTextOfWhatIsSeen(t *testing.T) {
	for _, tt := range []struct {
		name    string
		outside []failsafe.Policy[any]
		call    func(execution) error
		want    string
	}{
		{"its own", nil, func(execution) error { return errDown }, errDown.Error()},
		{"over time", policies(timeout.New[any](time.Second)), lasting(time.Minute), "context canceled"},
		{"over time, though served", policies(timeout.New[any](time.Second)), stubborn(time.Minute), "timeout exceeded"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var seen string
				p := circuitfailsafe.NewPolicy(&ledger{}, circuitfailsafe.WithClassifier[any](func(_ context.Context, err error) circuit.Outcome {
					seen = err.Error()
					return circuit.Failure
				}))
				_ = failsafe.With(append(tt.outside, p)...).RunWithExecution(tt.call)
				if seen != tt.want {
					t.Errorf("seen %q, want %q", seen, tt.want)
				}
			})
		})
	}
}
