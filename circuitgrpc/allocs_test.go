package circuitgrpc_test

import (
	"context"
	"testing"

	"google.golang.org/grpc"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/group"
)

// An admitted unary call and a server's stream cost no allocation, a refused call
// one, which is its error.
func TestAllocations(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		group *group.Group
		want  float64
	}{
		"admitted": {counting(), 0},
		"refused":  {forcedOpen(), 1},
	} {
		with := circuitgrpc.WithGroup(c.group)
		unaryClient := circuitgrpc.UnaryClientInterceptor(with)
		unaryServer := circuitgrpc.UnaryServerInterceptor(with)
		streamServer := circuitgrpc.StreamServerInterceptor(with)
		invoker := func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error { return nil }
		handler := func(context.Context, any) (any, error) { return nil, nil }
		streamHandler := func(any, grpc.ServerStream) error { return nil }
		unaryInfo := &grpc.UnaryServerInfo{FullMethod: someMethod}
		streamInfo := &grpc.StreamServerInfo{FullMethod: someMethod}
		var stream grpc.ServerStream = bareStream{ctx: ctx}
		for kind, call := range map[string]func(){
			"unary client":  func() { _ = unaryClient(ctx, someMethod, nil, nil, nil, invoker) },
			"unary server":  func() { _, _ = unaryServer(ctx, nil, unaryInfo, handler) },
			"stream server": func() { _ = streamServer(nil, stream, streamInfo, streamHandler) },
		} {
			if got := testing.AllocsPerRun(1000, call); got != c.want {
				t.Errorf("%s, %s: %v allocations, want %v", kind, name, got, c.want)
			}
		}
	}
}
