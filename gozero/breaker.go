package gozero

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/zeromicro/go-zero/core/breaker"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// NewBreaker makes b usable wherever go-zero's [breaker.Breaker] is wanted. The
// name is what Name returns. Where go-zero's own breaker counts a call as a
// success or a failure, this one judges:
//
//   - no error, or one that acceptable accepts, is a Success;
//   - a call that its caller cancelled, or that a breaker further down refused, and a
//     [circuit.BadRequest] are Ignored, acceptable or not;
//   - any other error, a panic and a Goexit are failures.
//
// A method with a ctx that is done on arrival returns ctx.Err() and does nothing.
// A refusal is a [*Refusal], and comes without a promise. A nil b admits all.
func NewBreaker(name string, b circuit.Breaker) breaker.Breaker {
	return &adapted{name: name, b: b}
}

type adapted struct {
	name    string
	b       circuit.Breaker
	refusal atomic.Pointer[Refusal] // the latest, which never changes, for the next call
}

func (a *adapted) Name() string { return a.name }

func (a *adapted) Allow() (breaker.Promise, error) {
	permit, err := circuit.Acquire(a.b)
	if err != nil {
		return nil, a.refused(err)
	}
	return promise{permit}, nil
}

func (a *adapted) AllowCtx(ctx context.Context) (breaker.Promise, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return a.Allow()
}

func (a *adapted) Do(req func() error) error {
	return a.do(context.Background(), req, nil, nil)
}

func (a *adapted) DoCtx(ctx context.Context, req func() error) error {
	return a.do(ctx, req, nil, nil)
}

func (a *adapted) DoWithAcceptable(req func() error, acceptable breaker.Acceptable) error {
	return a.do(context.Background(), req, nil, acceptable)
}

func (a *adapted) DoWithAcceptableCtx(ctx context.Context, req func() error, acceptable breaker.Acceptable) error {
	return a.do(ctx, req, nil, acceptable)
}

func (a *adapted) DoWithFallback(req func() error, fallback breaker.Fallback) error {
	return a.do(context.Background(), req, fallback, nil)
}

func (a *adapted) DoWithFallbackCtx(ctx context.Context, req func() error, fallback breaker.Fallback) error {
	return a.do(ctx, req, fallback, nil)
}

func (a *adapted) DoWithFallbackAcceptable(req func() error, fallback breaker.Fallback,
	acceptable breaker.Acceptable,
) error {
	return a.do(context.Background(), req, fallback, acceptable)
}

func (a *adapted) DoWithFallbackAcceptableCtx(ctx context.Context, req func() error, fallback breaker.Fallback,
	acceptable breaker.Acceptable,
) error {
	return a.do(ctx, req, fallback, acceptable)
}

func (a *adapted) do(ctx context.Context, req func() error, fallback breaker.Fallback,
	acceptable breaker.Acceptable,
) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	permit, err := circuit.Acquire(a.b)
	if err != nil {
		if err = a.refused(err); fallback != nil {
			return fallback(err)
		}
		return err
	}
	result := circuit.Result{Outcome: circuit.Failure} // until req and acceptable return
	defer func() { permit.End(result) }()
	err = req()
	result = circuitgrpc.ResultOf(ctx, err, judge(ctx, err, acceptable))
	return err
}

// refused makes one refusal for all that have the same cause.
func (a *adapted) refused(cause error) error {
	// Another than an engine's may be a new one each time, or not comparable.
	if _, ok := cause.(*circuit.Refusal); !ok { //nolint:errorlint // the breaker returned it bare
		return refused(cause)
	}
	r := a.refusal.Load()
	if r == nil || r.cause != cause { //nolint:errorlint // the very same
		r = &Refusal{cause}
		a.refusal.Store(r)
	}
	return r
}

// judge asks acceptable of every call, as go-zero's own breaker does.
func judge(ctx context.Context, err error, acceptable breaker.Acceptable) circuit.Outcome {
	accepted := err == nil
	if acceptable != nil {
		accepted = acceptable(err)
	}
	if err == nil && accepted {
		return circuit.Success
	}
	o, told := circuit.OutcomeOfContext(ctx, err)
	switch {
	case told && o == circuit.Ignored, errors.Is(err, breaker.ErrServiceUnavailable):
		return circuit.Ignored
	case accepted:
		return circuit.Success
	case err != nil && circuit.GaveUp(ctx):
		return circuit.Ignored
	}
	return circuit.Failure
}

// promise is a permit in go-zero's terms.
type promise struct{ permit circuit.Permit }

func (p promise) Accept() { p.permit.Success() }

// Reject drops the reason, which go-zero's own breaker keeps for its log of
// refused calls; there is no such log here.
func (p promise) Reject(string) { p.permit.Failure() }
