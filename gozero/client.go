package gozero

import (
	"google.golang.org/grpc"

	"github.com/go-fusebox/fusebox/circuitgrpc"
)

// UnaryClientInterceptor guards the unary calls of a zRPC client, for
// zrpc.WithUnaryClientInterceptor. A refused call returns a [*Refusal] and sends
// nothing. The client's timeout runs outside of the interceptor, so that a call
// that ran into it is a failure.
func UnaryClientInterceptor(opts ...Option) grpc.UnaryClientInterceptor {
	return circuitgrpc.UnaryClientInterceptor(gather(opts).client()...)
}

// StreamClientInterceptor guards the streams of a zRPC client, for
// zrpc.WithStreamClientInterceptor. go-zero has no breaker of its own there. A
// stream is judged at its end, as [circuitgrpc.StreamClientInterceptor] says.
func StreamClientInterceptor(opts ...Option) grpc.StreamClientInterceptor {
	return circuitgrpc.StreamClientInterceptor(gather(opts).client()...)
}
