package circuitgrpc

import (
	"context"
	"sync/atomic"

	"google.golang.org/grpc"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// UnaryClientInterceptor guards the unary calls of a client. A refused call
// returns a [*Refusal] and sends nothing.
func UnaryClientInterceptor(opts ...Option) grpc.UnaryClientInterceptor {
	b := newBreakers(opts)
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn,
		invoker grpc.UnaryInvoker, callOpts ...grpc.CallOption,
	) error {
		if Exempt(method) {
			return invoker(ctx, method, req, reply, cc, callOpts...)
		}
		outcome := circuit.Failure
		permit, err := b.admitClient(ctx, cc, method)
		if err == nil {
			outcome, err = b.invoke(ctx, method, req, reply, cc, invoker, callOpts, permit)
		}
		if err != nil && outcome.Failed() && b.fallback != nil {
			return b.fallback(ctx, method, req, reply, err)
		}
		return err
	}
}

// invoke makes an admitted call and settles its permit, whichever way it ends.
func (b *breakers) invoke(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn,
	invoker grpc.UnaryInvoker, callOpts []grpc.CallOption, permit circuit.Permit,
) (outcome circuit.Outcome, err error) {
	result := circuit.Result{Outcome: circuit.Failure} // until the invoker and the classifier return
	defer func() { permit.End(result) }()
	err = invoker(ctx, method, req, reply, cc, callOpts...)
	result = b.judgeClient(ctx, err)
	return result.Outcome, err
}

// StreamClientInterceptor guards the streams of a client. A refused one is not
// opened: the error is a [*Refusal]. Others are judged at their end, as gRPC's
// OnFinish call option tells it; an interceptor further down the chain must pass
// call options on.
func StreamClientInterceptor(opts ...Option) grpc.StreamClientInterceptor {
	b := newBreakers(opts)
	return func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string,
		streamer grpc.Streamer, callOpts ...grpc.CallOption,
	) (grpc.ClientStream, error) {
		if Exempt(method) {
			return streamer(ctx, desc, cc, method, callOpts...)
		}
		permit, err := b.admitClient(ctx, cc, method)
		if err != nil {
			return nil, err
		}
		s := &clientStream{ctx: ctx, breakers: b, permit: permit}
		return s.open(desc, cc, method, streamer, callOpts)
	}
}

// clientStream is an admitted stream of which the end has not come yet.
type clientStream struct {
	ctx      context.Context
	breakers *breakers
	permit   circuit.Permit
	ended    atomic.Bool
}

func (s *clientStream) open(desc *grpc.StreamDesc, cc *grpc.ClientConn, method string,
	streamer grpc.Streamer, callOpts []grpc.CallOption,
) (grpc.ClientStream, error) {
	returned := false
	defer func() {
		if !returned && !s.ended.Swap(true) {
			s.permit.Failure()
		}
	}()
	withFinish := make([]grpc.CallOption, len(callOpts), len(callOpts)+1)
	copy(withFinish, callOpts)
	stream, err := streamer(s.ctx, desc, cc, method, append(withFinish, grpc.OnFinish(s.finish))...)
	returned = true
	if err != nil {
		s.finish(err) // gRPC does so itself, but not for every error, and other interceptors don't
	}
	return stream, err
}

// finish is called at the end of the stream, and more often than once where an
// interceptor further down the chain makes several of one: the first end counts.
func (s *clientStream) finish(err error) {
	if s.ended.Swap(true) {
		return
	}
	result := circuit.Result{Outcome: circuit.Failure} // until the classifier returns
	defer func() { s.permit.End(result) }()
	result = s.breakers.judgeClient(s.ctx, err)
}
