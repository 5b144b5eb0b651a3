package kratos

import (
	"context"

	"google.golang.org/grpc"

	"github.com/go-kratos/kratos/v2/transport"

	"github.com/go-fusebox/fusebox/circuitgrpc"
)

// StreamClientInterceptor guards the gRPC streams of a client, by package
// circuitgrpc; it goes into kgrpc.WithStreamInterceptor. A refused stream is not
// opened. Others are judged at their end: when the caller has read it, met an
// error, or cancelled the stream's context, in which case the stream is Ignored.
func StreamClientInterceptor(opts ...Option) grpc.StreamClientInterceptor {
	intercept := circuitgrpc.StreamClientInterceptor(streamOptions(opts, transport.FromClientContext)...)
	return func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string,
		streamer grpc.Streamer, callOpts ...grpc.CallOption,
	) (grpc.ClientStream, error) {
		stream, err := intercept(ctx, desc, cc, method, streamer, callOpts...)
		return stream, native(method, err)
	}
}

// StreamServerInterceptor guards the gRPC stream handlers of a server; it goes
// into kgrpc.StreamInterceptor. A refused stream does not reach its handler; the
// others are judged when the handler returns.
func StreamServerInterceptor(opts ...Option) grpc.StreamServerInterceptor {
	intercept := circuitgrpc.StreamServerInterceptor(streamOptions(opts, transport.FromServerContext)...)
	return func(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		return native(info.FullMethod, intercept(srv, stream, info, handler))
	}
}

// streamOptions are those of circuitgrpc that do what opts say.
func streamOptions(opts []Option, from func(context.Context) (transport.Transporter, bool)) []circuitgrpc.Option {
	o := newOptions(opts)
	classify := o.guard.Classifier
	if classify == nil {
		classify = DefaultClassifier
	}
	translated := []circuitgrpc.Option{
		circuitgrpc.WithGroup(o.guard.Group),
		circuitgrpc.WithBreaker(o.guard.Breaker),
		circuitgrpc.WithObserver(o.guard.Observer),
		circuitgrpc.WithRefusalObserver(o.guard.Refused),
		circuitgrpc.WithClassifier(classify),
	}
	if o.key != nil {
		translated = append(translated, circuitgrpc.WithKey(func(ctx context.Context, _, method string) string {
			if tr, ok := from(ctx); ok {
				return o.key(ctx, tr)
			}
			return method
		}))
	}
	return translated
}

// native is err, in Kratos' terms if it is a refusal of this method, not of one
// that the handler called. A refusal that is wrapped has another's words around it.
func native(method string, err error) error {
	if r, ok := err.(*circuitgrpc.Refusal); ok && r.Method() == method { //nolint:errorlint // see above
		return refusal(r.Unwrap())
	}
	return err
}
