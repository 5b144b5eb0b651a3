package circuitgrpc

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/core/circuit"
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
	outcome = circuit.Failure // until the handler and the classifier return
	defer func() { permit.Done(outcome) }()
	resp, err = handler(ctx, req)
	outcome = b.judgeHandler(ctx, err)
	return resp, outcome, err
}

// judgeHandler judges an answer that comes after the call's deadline as
// DeadlineExceeded, which is what the client got, unless the answer is an error
// that tells of a failure itself.
func (b *breakers) judgeHandler(ctx context.Context, err error) circuit.Outcome {
	if ctx.Err() != nil && !circuit.GaveUp(ctx) && circuit.OutcomeOfGRPC(uint32(status.Code(err)), false) == circuit.Success {
		err = status.FromContextError(context.DeadlineExceeded).Err()
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
		outcome := circuit.Failure // until the handler and the classifier return
		defer func() { permit.Done(outcome) }()
		err = handler(srv, stream)
		outcome = b.judgeHandler(ctx, err)
		return err
	}
}
