package gozero

import (
	"context"

	"google.golang.org/grpc"

	"github.com/go-fusebox/fusebox/circuitgrpc"
)

// UnaryClientInterceptor guards the unary calls of a zRPC client, for
// zrpc.WithUnaryClientInterceptor. A refused call returns a [*Refusal] and sends
// nothing. The client's timeout runs outside of the interceptor, so that a call
// that ran into it is a failure.
func UnaryClientInterceptor(opts ...Option) grpc.UnaryClientInterceptor {
	inner := circuitgrpc.UnaryClientInterceptor(gather(opts).client()...)
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn,
		invoker grpc.UnaryInvoker, callOpts ...grpc.CallOption,
	) error {
		return native(inner(ctx, method, req, reply, cc, invoker, callOpts...))
	}
}

// StreamClientInterceptor guards the streams of a zRPC client, for
// zrpc.WithStreamClientInterceptor. go-zero has no breaker of its own there. A
// stream is judged at its end, as [circuitgrpc.StreamClientInterceptor] says.
func StreamClientInterceptor(opts ...Option) grpc.StreamClientInterceptor {
	inner := circuitgrpc.StreamClientInterceptor(gather(opts).client()...)
	return func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string,
		streamer grpc.Streamer, callOpts ...grpc.CallOption,
	) (grpc.ClientStream, error) {
		stream, err := inner(ctx, desc, cc, method, streamer, callOpts...)
		return stream, native(err)
	}
}
