package hystrix

import (
	"context"
	"sync/atomic"
)

// Run is [Command.Do] for a function that returns a value. When run does not run, or is
// not over in time, the value is the zero one, or that of the fallback.
func Run[T any](ctx context.Context, c *Command, run func(context.Context) (T, error), fallback func(context.Context, error) (T, error)) (v T, err error) {
	a := attempt{Command: c, limits: c.limits.Load()}
	if a.admitted(ctx) {
		if a.limits.Timeout == 0 {
			v = here(ctx, &a, run)
		} else {
			v = apart(ctx, &a, run)
		}
	}
	if fallback == nil || !a.wantsFallback() {
		return v, a.err
	}
	return fallBack(ctx, &a, fallback)
}

// here runs run on the caller's goroutine.
func here[T any](ctx context.Context, a *attempt, run func(context.Context) (T, error)) T {
	defer a.end(ctx)
	defer a.runs.leave()
	for _, f := range a.options.before {
		f(ctx)
	}
	v, err := run(ctx)
	a.judge(ctx, err)
	return v
}

// apart runs run on a goroutine of its own, and does not wait for it longer than for ctx
// and the timeout.
func apart[T any](ctx context.Context, a *attempt, run func(context.Context) (T, error)) (v T) {
	defer a.end(ctx)
	timed, cancel := context.WithTimeoutCause(ctx, a.limits.Timeout, a.limits.late)
	defer cancel()
	f := &flight[T]{landed: make(chan struct{})}
	go f.fly(timed, a.Command, run)
	select {
	case <-f.landed:
	case <-timed.Done():
		if f.over.CompareAndSwap(false, true) {
			a.giveUp(timed)
			return v
		}
		<-f.landed // just now
	}
	if f.noReturn != nil {
		a.err = f.noReturn
		unwind(f.noReturn)
	}
	a.judge(timed, f.err)
	return f.v
}

// flight is a run on a goroutine of its own. It belongs to that goroutine until landed is
// closed.
type flight[T any] struct {
	over     atomic.Bool // set by who is first: run at its end, or the caller giving up
	landed   chan struct{}
	returned bool
	v        T
	err      error
	noReturn error // how it ended if it did not return
}

func (f *flight[T]) fly(ctx context.Context, c *Command, run func(context.Context) (T, error)) {
	defer func() {
		if !f.returned {
			f.noReturn = noReturn(recover())
		}
		c.runs.leave()
		if f.over.CompareAndSwap(false, true) {
			close(f.landed)
		} else if p, ok := f.noReturn.(*PanicError); ok { //nolint:errorlint // made above
			c.options.latePanic(ctx, c.name, p)
		}
	}()
	for _, f := range c.options.before {
		f(ctx)
	}
	f.v, f.err = run(ctx)
	f.returned = true
}

// fallBack runs the fallback of a call that went wrong.
func fallBack[T any](ctx context.Context, a *attempt, fallback func(context.Context, error) (T, error)) (v T, err error) {
	if !a.fallbacks.take(a.limits.MaxConcurrentFallbacks) {
		a.counts.fallbackRejects.Add(1)
		return v, a.withFallback(ErrMaxFallbacks)
	}
	end := &a.counts.fallbackFailures // unless it returns otherwise
	defer func() {
		a.fallbacks.leave()
		end.Add(1)
	}()
	v, err = fallback(ctx, a.err)
	if err != nil {
		return v, a.withFallback(err)
	}
	end = &a.counts.fallbackSuccesses
	return v, nil
}
