package hystrix

import (
	"context"
	"errors"
	"reflect"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// attempt is one call of a Command.
type attempt struct {
	*Command
	limits *limits
	permit circuit.Permit
	start  time.Duration // since the command was made: cheaper than a time.Time
	result circuit.Result
	err    error // what the call returns if no fallback does better
}

// admitted asks ctx, the breaker and the limit. If they all agree, there is a permit to
// settle and a place to leave; else the call is over.
func (a *attempt) admitted(ctx context.Context) bool {
	if ctx.Err() != nil {
		a.giveUp(ctx)
		a.tell(ctx)
		return false
	}
	permit, err := circuit.Acquire(a.breaker)
	if err != nil {
		refused := a.refusal(err)
		a.result, a.err = circuit.Result{Outcome: circuit.Ignored, Kind: refused.Kind}, refused
		a.tell(ctx)
		return false
	}
	if !a.runs.take(a.limits.MaxConcurrent) {
		a.result, a.err = circuit.Result{Outcome: circuit.Ignored, Kind: circuit.KindConcurrencyReject}, a.limits.full
		defer a.tell(ctx)
		permit.End(a.result)
		return false
	}
	a.permit, a.start = permit, time.Since(a.made)
	a.result, a.err = circuit.Result{Outcome: circuit.Failure}, ErrNoReturn // until judged
	return true
}

// refusal makes one error for all refusals of an engine. The kind is that of a limit where
// there is one around the breaker.
func (c *Command) refusal(cause error) *CommandError {
	r, ok := errors.AsType[*circuit.Refusal](cause)
	if !ok {
		return c.failed(circuit.KindShortCircuit, cause)
	}
	if e := c.refused.Load(); e != nil && e.Err == cause { //nolint:errorlint // this very one
		return e
	}
	e := c.failed(r.Kind(), cause)
	if cause == error(r) { //nolint:errorlint // a wrapped one may be of one call
		c.refused.Store(e)
	}
	return e
}

// judge takes what run returned, ctx being that of run.
func (a *attempt) judge(ctx context.Context, err error) {
	switch {
	case err != nil && errors.Is(err, circuit.ErrBadRequest):
		a.result, a.err = circuit.Result{Outcome: circuit.Ignored, Kind: circuit.KindBadRequest}, err
	case err != nil && ctx.Err() != nil && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)):
		a.giveUp(ctx)
		if err != a.err { //nolint:errorlint // run may return the cause itself
			a.err = a.failed(a.result.Kind, err)
		}
	default:
		a.result, a.err = circuit.ResultOf(ctx, err, a.options.classify(ctx, err)), err
		if k := a.result.Kind; k == circuit.KindTimeout || k == circuit.KindInterrupt {
			a.err = a.failed(k, err)
		}
	}
}

// giveUp is for a call whose ctx is over.
func (a *attempt) giveUp(ctx context.Context) {
	a.result = circuit.Result{Outcome: circuit.Failure, Kind: circuit.KindTimeout}
	if circuit.GaveUp(ctx) {
		a.result = circuit.Result{Outcome: circuit.Ignored, Kind: circuit.KindInterrupt}
	}
	cause := context.Cause(ctx)
	if e, ok := errors.AsType[*CommandError](cause); ok && e == a.limits.late {
		a.err = e
		return
	}
	a.err = a.failed(a.result.Kind, cause)
}

// end settles the permit, whichever way the call ends.
func (a *attempt) end(ctx context.Context) {
	a.result.Duration = time.Since(a.made) - a.start
	defer a.tell(ctx) // also when a rule of the breaker panics
	a.permit.End(a.result)
}

func (a *attempt) tell(ctx context.Context) {
	a.counts.of(a.result).Add(1)
	for _, f := range a.options.after {
		f(ctx, a.result, a.err)
	}
}

func (a *attempt) wantsFallback() bool {
	switch {
	case a.err == nil, a.result.Kind == circuit.KindBadRequest, a.result.Kind == circuit.KindInterrupt:
		return false
	case a.result.Outcome == circuit.Ignored: // refused, here or further down, or said to be ignored
		return errors.Is(a.err, circuit.ErrNotAllowed)
	default:
		return a.result.Outcome.Failed()
	}
}

// withFallback is the error of a call whose fallback gave that error.
func (a *attempt) withFallback(fallback error) error {
	if reflect.ValueOf(a.err).Comparable() && errors.Is(fallback, a.err) {
		return fallback // it says all
	}
	e := CommandError{Command: a.name, Kind: a.result.Kind, Err: a.err, Fallback: fallback}
	if own, ok := a.err.(*CommandError); ok && e.Kind != circuit.KindPlain { //nolint:errorlint // a wrapped one is not ours
		e.Err = own.Err
	}
	return &e
}
