package inplace

import (
	"context"
	"path"

	"github.com/zeromicro/go-zero/core/breaker"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/bench/internal/measure"
	"github.com/go-fusebox/fusebox/bench/internal/subjects"
	"github.com/go-fusebox/fusebox/gozero"
)

// method is the one that is called everywhere.
const method = "/helloworld.Greeter/SayHello"

// stockInterceptor is go-zero's BreakerInterceptor, word for word: the package
// that has it is internal.
func stockInterceptor(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn,
	invoker grpc.UnaryInvoker, opts ...grpc.CallOption,
) error {
	breakerName := path.Join(cc.Target(), method)
	return breaker.DoWithAcceptableCtx(ctx, breakerName, func() error {
		return invoker(ctx, method, req, reply, cc, opts...)
	}, acceptable)
}

func acceptable(err error) bool {
	switch status.Code(err) {
	case codes.DeadlineExceeded, codes.Internal, codes.Unavailable, codes.DataLoss,
		codes.Unimplemented, codes.ResourceExhausted:
		return false
	default:
		return true
	}
}

func unguarded(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn,
	invoker grpc.UnaryInvoker, opts ...grpc.CallOption,
) error {
	return invoker(ctx, method, req, reply, cc, opts...)
}

// interceptor is a name and the interceptor of it.
type interceptor struct {
	name string
	with grpc.UnaryClientInterceptor
}

func interceptors() []interceptor {
	subjects.Quiet()
	return []interceptor{{Unguarded, unguarded}, {Stock, stockInterceptor}, {Ours, gozero.UnaryClientInterceptor()}}
}

// ZRPCCases are the client interceptors of zRPC around an invoker that does nothing;
// of the connection they take the target alone.
func ZRPCCases(cc *grpc.ClientConn) []measure.Case {
	nothing := func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error { return nil }
	var all []measure.Case
	ctx := context.Background()
	for _, p := range subjects.Parallels {
		for _, i := range interceptors() {
			all = append(all, measure.Case{
				Name: subjects.Name("zrpc", p.Name, i.name), Goroutines: p.Goroutines, Adapts: i.name == Ours,
				Make: measure.Of(func(n int) (refused int) {
					for range n {
						if i.with(ctx, method, nil, nil, cc, nothing) != nil {
							refused++
						}
					}
					return refused
				}),
			})
		}
	}
	return all
}
