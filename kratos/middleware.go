package kratos

import (
	"context"

	"github.com/go-kratos/kratos/v2/middleware"
	"github.com/go-kratos/kratos/v2/transport"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/guard"
)

// Client guards the calls of a client. A refused call sends nothing.
func Client(opts ...Option) middleware.Middleware {
	b := newBreakers(opts)
	b.transport = transport.FromClientContext
	return b.middleware
}

// Server guards the handlers of a server. A refused call does not reach its
// handler.
func Server(opts ...Option) middleware.Middleware {
	b := newBreakers(opts)
	b.transport = transport.FromServerContext
	b.server = true
	return b.middleware
}

// breakers is what a middleware has behind its options.
type breakers struct {
	*guard.Guard
	key       Key // nil for ByOperation
	fallback  Fallback
	transport func(context.Context) (transport.Transporter, bool)
	server    bool
	custom    bool // a classifier was set: it is asked about calls without an error, too
}

func newBreakers(opts []Option) *breakers {
	o := newOptions(opts)
	return &breakers{
		Guard: guard.New(o.guard, DefaultClassifier), key: o.key, fallback: o.fallback,
		custom: o.guard.Classifier != nil,
	}
}

func (b *breakers) middleware(next middleware.Handler) middleware.Handler {
	return func(ctx context.Context, req any) (any, error) {
		key := NoTransport
		tr, ok := b.transport(ctx)
		if ok {
			key = tr.Operation()
			if circuitgrpc.Exempt(key) {
				return next(ctx, req)
			}
			if b.key != nil {
				key = b.key(ctx, tr)
			}
		}
		permit, err := b.Acquire(key)
		if err != nil {
			b.Refused(ctx, key, err)
			return b.refuse(ctx, req, tr, err)
		}
		reply, outcome, err := b.judged(ctx, req, next, permit)
		if err != nil && outcome.Failed() && b.fallback != nil {
			return b.fallback(ctx, req, err)
		}
		return reply, err
	}
}

// judged makes an admitted call and settles its permit, whichever way it ends.
func (b *breakers) judged(ctx context.Context, req any, next middleware.Handler, permit circuit.Permit) (
	reply any, outcome circuit.Outcome, err error,
) {
	result := circuit.Result{Outcome: circuit.Failure} // until next and the classifier return
	defer func() { permit.End(result) }()
	reply, err = next(ctx, req)
	result = b.judge(ctx, err)
	return reply, result.Outcome, err
}

// judge takes a server's answer that comes after its deadline for a failure, since
// it is too late for the caller.
func (b *breakers) judge(ctx context.Context, err error) circuit.Result {
	if b.server && ctx.Err() != nil {
		ctx = guard.AtServer(ctx)
	}
	outcome := circuit.Success
	if err != nil || b.custom {
		outcome = b.Judge(ctx, err)
	}
	if b.server && outcome == circuit.Success && ctx.Err() != nil && !circuit.GaveUp(ctx) {
		err = context.DeadlineExceeded
		outcome = b.Judge(ctx, err)
	}
	return resultOf(ctx, err, outcome)
}

func (b *breakers) refuse(ctx context.Context, req any, tr transport.Transporter, cause error) (reply any, err error) {
	err = refusal(cause)
	if b.fallback != nil {
		reply, err = b.fallback(ctx, req, err)
	}
	if err != nil && b.server {
		sayWhen(tr, err)
	}
	return reply, err
}
