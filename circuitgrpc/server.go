package circuitgrpc

import (
	"context"
	"errors"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/guard"
)

// UnaryServerInterceptor guards the unary handlers of a server. A refused call
// does not reach its handler; the client gets the status of a [*Refusal].
func UnaryServerInterceptor(opts ...Option) grpc.UnaryServerInterceptor {
	b := newBreakers(opts)
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		if Exempt(info.FullMethod) {
			return handler(ctx, req)
		}
		var resp any
		outcome := circuit.Failure
		permit, err := b.admitServer(ctx, info.FullMethod)
		if err == nil {
			resp, outcome, err = b.handle(ctx, req, handler, permit)
		}
		if err != nil && outcome.Failed() && b.serverFallback != nil {
			return b.serverFallback(ctx, info.FullMethod, req, err)
		}
		return resp, err
	}
}

// handle serves an admitted call and settles its permit, whichever way it ends.
func (b *breakers) handle(ctx context.Context, req any, handler grpc.UnaryHandler, permit circuit.Permit) (
	resp any, outcome circuit.Outcome, err error,
) {
	result := circuit.Result{Outcome: circuit.Failure} // until the handler and the classifier return
	defer func() { permit.End(result) }()
	resp, err = handler(ctx, req)
	result = b.judgeHandler(ctx, err)
	return resp, result.Outcome, err
}

// judgeHandler judges an answer that comes after the call's deadline as
// DeadlineExceeded, which is what the client got, unless the answer is an error
// that tells of a failure itself, or a [circuit.BadRequest].
func (b *breakers) judgeHandler(ctx context.Context, err error) circuit.Result {
	if ctx.Err() != nil {
		ctx = guard.AtServer(ctx)
		if !circuit.GaveUp(ctx) && !errors.Is(err, circuit.ErrBadRequest) &&
			circuit.OutcomeOfGRPC(uint32(status.Code(err)), false) == circuit.Success {
			err = status.FromContextError(context.DeadlineExceeded).Err()
		}
	}
	if b.fine(err) {
		return circuit.Result{Outcome: circuit.Success}
	}
	return b.judge(ctx, err)
}

// StreamServerInterceptor guards the stream handlers of a server. A refused
// stream does not reach its handler; another one is judged when the handler
// returns.
func StreamServerInterceptor(opts ...Option) grpc.StreamServerInterceptor {
	b := newBreakers(opts)
	return func(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		if Exempt(info.FullMethod) {
			return handler(srv, stream)
		}
		ctx := stream.Context()
		permit, err := b.admitServer(ctx, info.FullMethod)
		if err != nil {
			return err
		}
		result := circuit.Result{Outcome: circuit.Failure} // until the handler and the classifier return
		defer func() { permit.End(result) }()
		err = handler(srv, stream)
		result = b.judgeHandler(ctx, err)
		return err
	}
}
