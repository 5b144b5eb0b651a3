package circuitfailsafe_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/adaptivelimiter"
	"github.com/failsafe-go/failsafe-go/adaptivethrottler"
	"github.com/failsafe-go/failsafe-go/budget"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/ratelimiter"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/failsafe-go/failsafe-go/timeout"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/circuithttp"
	limit "github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// A full bulkhead once looked like a failing server: the calls that it turned away opened
// the breaker of a server that was well.
func TestRefusalByAPolicyInsideIsIgnored(t *testing.T) {
	ignored := circuit.Result{Outcome: circuit.Ignored}
	busy := bulkhead.New[any](1)
	limited := ratelimiter.NewBursty[any](1, time.Hour)
	open := circuitbreaker.NewWithDefaults[any]()
	limiter := adaptivelimiter.NewBuilder[any]().WithLimits(1, 1, 1).Build()
	for _, tt := range []struct {
		name   string
		inside failsafe.Policy[any]
		use    func(context.Context)
		err    error
		want   circuit.Result
	}{
		{"bulkhead", busy, func(context.Context) { busy.TryAcquirePermit() }, bulkhead.ErrFull, rejectedIn(0)},
		{"rate limiter", limited, func(context.Context) { limited.TryAcquirePermit() }, ratelimiter.ErrExceeded, ignored},
		{"stock breaker", open, func(context.Context) { open.Open() }, circuitbreaker.ErrOpen, ignored},
		{"adaptive limiter", limiter, func(ctx context.Context) { _, _ = limiter.AcquirePermit(ctx) }, adaptivelimiter.ErrExceeded, rejectedIn(0)},
		{"one of ours", circuitfailsafe.NewPolicy[any](&ledger{refuses: true}), func(context.Context) {}, circuit.ErrNotAllowed, ignored},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.use(t.Context())
			synctest.Test(t, func(t *testing.T) {
				l := &ledger{}
				err := failsafe.With(circuitfailsafe.NewPolicy[any](l), tt.inside).Run(func() error {
					t.Error("a refused call ran")
					return nil
				})
				if !errors.Is(err, tt.err) {
					t.Errorf("%v, want %v", err, tt.err)
				}
				l.want(t, tt.want)
			})
		})
	}
}

// A call that waits for a place until its time is over counts: others hold the places for
// too long.
func TestTimeoutWhileWaitingInABulkhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{}
		full := bulkhead.NewBuilder[any](1).WithMaxWaitTime(time.Minute).Build()
		full.TryAcquirePermit()
		err := failsafe.With(timeout.New[any](time.Second), circuitfailsafe.NewPolicy[any](l), full).Run(func() error { return nil })
		if !errors.Is(err, timeout.ErrExceeded) {
			t.Errorf("%v, want a timeout", err)
		}
		l.want(t, timedOutIn(time.Second))
	})
}

// A throttler refuses at random, so here a call returns what it would.
func TestThrottlerInsideIsIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{}
		_ = failsafe.With(circuitfailsafe.NewPolicy[any](l)).Run(func() error { return adaptivethrottler.ErrExceeded })
		l.want(t, circuit.Result{Outcome: circuit.Ignored})
	})
}

// A classifier may think otherwise of a full bulkhead. Then that is no reject.
func TestFullBulkheadThatCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{}
		counts := func(context.Context, error) circuit.Outcome { return circuit.Failure }
		_ = failsafe.With(circuitfailsafe.NewPolicy(l, circuitfailsafe.WithClassifier[any](counts))).Run(func() error { return bulkhead.ErrFull })
		l.want(t, failedIn(0))
	})
}

// When retries inside the breaker give up, it goes by what the last of them got.
func TestRetriesInsideThatGaveUp(t *testing.T) {
	unready := func(result error) circuitfailsafe.Option[int] {
		return circuitfailsafe.WithErrorOf(func(n int, err error) error {
			if err == nil && n < 0 {
				return result
			}
			return err
		})
	}
	for _, tt := range []struct {
		name string
		err  error
		opts []circuitfailsafe.Option[int]
		want circuit.Result
	}{
		{"an error", errDown, nil, failedIn(0)},
		{"a timeout", timeout.ErrExceeded, nil, timedOutIn(0)},
		{"the caller's mistake", circuit.BadRequest(errDown), nil, circuit.Result{Outcome: circuit.Ignored, Kind: circuit.KindBadRequest}},
		{"a result that says nothing", nil, nil, failedIn(0)},
		{"a status that is a success", nil, []circuitfailsafe.Option[int]{unready(circuithttp.StatusError(404))}, succeededIn(0)},
		{"a result that says when", nil, []circuitfailsafe.Option[int]{unready(slow{errDown, time.Minute})},
			circuit.Result{Outcome: circuit.Failure, RetryAfter: time.Minute}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &ledger{}
				retries := retrypolicy.NewBuilder[int]().HandleResult(-1).Build()
				_, err := failsafe.With(circuitfailsafe.NewPolicy(l, tt.opts...), retries).Get(func() (int, error) { return -1, tt.err })
				if !errors.Is(err, retrypolicy.ErrExceeded) {
					t.Errorf("%v, want retries exceeded", err)
				}
				l.want(t, tt.want)
			})
		})
	}
}

// A budget ends retries by an error of its own, which once hid what they had got: mistakes
// of the caller's opened the breaker.
func TestRetriesInsideThatABudgetEnded(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want circuit.Result
	}{
		{"an error", errDown, failedIn(0)},
		{"a timeout", timeout.ErrExceeded, timedOutIn(0)},
		{"the caller's mistake", circuit.BadRequest(errDown), circuit.Result{Outcome: circuit.Ignored, Kind: circuit.KindBadRequest}},
		{"refused further down", circuit.ErrNotAllowed, circuit.Result{Outcome: circuit.Ignored}},
		{"a full bulkhead", bulkhead.ErrFull, rejectedIn(0)},
		{"a full bulkhead of this module", limit.ErrFull, rejectedIn(0)},
		{"a result that says nothing", nil, failedIn(0)},
		{"an error that says when", slow{errDown, time.Minute}, circuit.Result{Outcome: circuit.Failure, RetryAfter: time.Minute}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &ledger{}
				used := budget.NewBuilder().WithMaxRate(-1).WithMinConcurrency(0).Build()
				retries := retrypolicy.NewBuilder[int]().HandleResult(-1).WithBudget(used).Build()
				_, err := failsafe.With(circuitfailsafe.NewPolicy[int](l), retries).Get(func() (int, error) { return -1, tt.err })
				if !errors.Is(err, budget.ErrExceeded) {
					t.Errorf("%v, want the budget exceeded", err)
				}
				l.want(t, tt.want)
			})
		})
	}
}

func TestResultThatABudgetHides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{}
		busy := circuitfailsafe.WithErrorOf(func(n int, err error) error {
			if err == nil && n < 0 {
				return slow{errDown, time.Minute}
			}
			return err
		})
		used := budget.NewBuilder().WithMaxRate(-1).WithMinConcurrency(0).Build()
		retries := retrypolicy.NewBuilder[int]().HandleResult(-1).WithBudget(used).Build()
		_, _ = failsafe.With(circuitfailsafe.NewPolicy(l, busy), retries).Get(func() (int, error) { return -1, nil })
		l.want(t, circuit.Result{Outcome: circuit.Failure, RetryAfter: time.Minute})
	})
}
