package circuitgrpc_test

import (
	"context"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// What the interceptors add to a call, over an invoker and a handler that do
// nothing.
func BenchmarkInterceptors(b *testing.B) {
	ctx := context.Background()
	fails := status.Error(codes.Internal, "")
	for _, c := range []struct {
		name string
		err  error
		opts []circuitgrpc.Option
	}{
		{"success", nil, []circuitgrpc.Option{circuitgrpc.WithGroup(counting())}},
		{"failure", fails, []circuitgrpc.Option{circuitgrpc.WithGroup(counting())}},
		{"refused", nil, []circuitgrpc.Option{circuitgrpc.WithGroup(forcedOpen())}},
		{"default", nil, nil},
		{"unguarded", nil, []circuitgrpc.Option{circuitgrpc.WithBreaker(func(string) circuit.Breaker { return nil })}},
	} {
		invoker := func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error { return c.err }
		streamer := func(_ context.Context, _ *grpc.StreamDesc, _ *grpc.ClientConn, _ string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
			if c.err != nil {
				return nil, c.err
			}
			opts[len(opts)-1].(grpc.OnFinishCallOption).OnFinish(nil)
			return nil, nil
		}
		handler := func(context.Context, any) (any, error) { return nil, c.err }
		streamHandler := func(any, grpc.ServerStream) error { return c.err }
		unaryInfo := &grpc.UnaryServerInfo{FullMethod: someMethod}
		streamInfo := &grpc.StreamServerInfo{FullMethod: someMethod}
		var stream grpc.ServerStream = bareStream{ctx: ctx}
		desc := &grpc.StreamDesc{}

		unaryClient := circuitgrpc.UnaryClientInterceptor(c.opts...)
		streamClient := circuitgrpc.StreamClientInterceptor(c.opts...)
		unaryServer := circuitgrpc.UnaryServerInterceptor(c.opts...)
		streamServer := circuitgrpc.StreamServerInterceptor(c.opts...)
		for _, kind := range []struct {
			name string
			call func()
		}{
			{"unaryClient", func() { _ = unaryClient(ctx, someMethod, nil, nil, nil, invoker) }},
			{"streamClient", func() { _, _ = streamClient(ctx, desc, nil, someMethod, streamer) }},
			{"unaryServer", func() { _, _ = unaryServer(ctx, nil, unaryInfo, handler) }},
			{"streamServer", func() { _ = streamServer(nil, stream, streamInfo, streamHandler) }},
		} {
			b.Run(kind.name+"/"+c.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					kind.call()
				}
			})
			b.Run(kind.name+"/"+c.name+"/parallel", func(b *testing.B) {
				b.ReportAllocs()
				b.RunParallel(func(p *testing.PB) {
					for p.Next() {
						kind.call()
					}
				})
			})
		}
	}
}

func BenchmarkTargetMethodKey(b *testing.B) {
	key := circuitgrpc.TargetMethodKey()
	b.ReportAllocs()
	for b.Loop() {
		key(context.Background(), "dns:///backend:9000", "/package.Service/Method")
	}
}
