package migrate_test

import (
	"context"
	"errors"
	"log"
	"sync/atomic"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

type goBreakerOurs struct{}

// These are gobreaker's. With `hystrix.Config{}` it opens when half of at least 20 calls in 10 s failed, for
// 5 s and up to a tenth more, so that clients don't come back in step. Bad settings are an error.
func (goBreakerOurs) Defaults() (*hystrix.Breaker, error) {
	return hystrix.New(hystrix.Config{
		ConsecutiveFailures:   6,
		ErrorPercentThreshold: -1, // no such rule
		SleepWindow:           time.Minute,
		SleepJitter:           -1, // none
	})
}

// A call counts when it ends, in gobreaker when it begins. Ours may also open at a success that makes the
// calls enough, theirs asks `ReadyToTrip` at failures alone.
func (goBreakerOurs) Settings() (*hystrix.Breaker, error) {
	return hystrix.New(hystrix.Config{
		Window:                 10 * time.Second,
		Buckets:                10,
		SleepWindow:            5 * time.Second,
		SleepJitter:            -1,
		Probes:                 3,
		SuccessesToClose:       3,
		RequestVolumeThreshold: 20,
		ErrorPercentThreshold:  50,
	})
}

// A rule sees each result, with its kind and duration, and no lock is held meanwhile. There is a new one
// after each closing.
func (goBreakerOurs) ReadyToTrip() (*hystrix.Breaker, error) {
	return hystrix.New(hystrix.Config{SleepWindow: time.Minute},
		hystrix.WithOpenRule(func() hystrix.Rule {
			var n atomic.Int64
			return hystrix.RuleFunc(func(
				s circuit.State, r circuit.Result,
			) circuit.State {
				if r.Outcome.Failed() && n.Add(1) >= 3 {
					return circuit.Open
				}
				return s
			})
		}))
}

// A panic is a failure and goes on, in both. Without a value: `circuit.Do`. Any engine will do for `b`.
func (goBreakerOurs) Execute(ctx context.Context, b circuit.Breaker, fetch func(context.Context) (string, error)) (string, error) {
	return circuit.Call(ctx, b, fetch)
}

// Per call, or once in an adapter. That a caller's own cancel counts neither way is the default.
func (goBreakerOurs) Judge() circuit.Option {
	return circuit.WithClassifier(func(
		ctx context.Context, err error,
	) circuit.Outcome {
		if errors.Is(err, errNotFound) {
			return circuit.Success
		}
		return circuit.DefaultClassifier(ctx, err)
	})
}

// One error for both, and for every engine. `circuit.RetryAfter(err)` tells how long the breaker stays open.
func (goBreakerOurs) Refused(err error) bool {
	return errors.Is(err, circuit.ErrNotAllowed)
}

// Told in order, after the change, with no lock held: it may use the breaker. Theirs holds its lock
// meanwhile. Groups have it, too, with keys.
func (goBreakerOurs) OnStateChange(b *hystrix.Breaker) (stop func()) {
	return b.Observe(func(e circuit.Event) {
		log.Printf("users: %v to %v, %s",
			e.From, e.To, e.Reason)
	})
}

// One reading, whose fields belong together. While open, `Window` still has the counts that opened it. Theirs
// turns half-open when looked at after its time, ours by the next call.
func (goBreakerOurs) State(b *hystrix.Breaker) (state string, failures uint64) {
	s := b.Snapshot()
	return s.State.String(), s.Window.Failures
}

// A permit knows its call: results that come late, after a change of state, decide nothing, in both. One that
// is never settled frees its probe's place after `ProbeLifetime`; in gobreaker it blocks the breaker for
// good.
func (goBreakerOurs) TwoStep(ctx context.Context, b circuit.Acquirer, fetch func(context.Context) error) error {
	permit, err := b.Acquire()
	if err != nil {
		return err
	}
	err = fetch(ctx)
	permit.Done(circuit.DefaultClassifier(ctx, err))
	return err
}
