package gozero_test

import (
	"context"
	"testing"

	"github.com/zeromicro/go-zero/zrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/gozero"
)

// unready is what somebody makes of a refusal by a breaker of their own.
type unready struct{ cause error }

func (unready) Error() string              { return "not ready" }
func (u unready) Unwrap() error            { return u.cause }
func (unready) GRPCStatus() *status.Status { return status.New(codes.FailedPrecondition, "not ready") }

// An error that wraps another breaker's refusal keeps its status, on every path.
// On streams and clients it was replaced by Unavailable.
func TestErrorsThatWrapARefusalKeepTheirStatus(t *testing.T) {
	theirs := unready{circuit.ErrNotAllowed}
	e := &echo{
		say:  func(context.Context, string) (string, error) { return "", theirs },
		talk: func(grpc.ServerStream) error { return theirs },
	}
	conn := dial(t, serve(t, e, nil, guarded()), nil,
		zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor()),
		zrpc.WithStreamClientInterceptor(gozero.StreamClientInterceptor()),
		zrpc.WithUnaryClientInterceptor(func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn,
			invoker grpc.UnaryInvoker, opts ...grpc.CallOption,
		) error {
			if method == other {
				return theirs
			}
			return invoker(ctx, method, req, reply, cc, opts...)
		}))
	_, unary := invoke(t.Context(), conn, say, "")
	_, below := invoke(t.Context(), conn, other, "")
	stream, err := conn.NewStream(t.Context(), talkDesc, talk)
	must(t, err)
	for name, err := range map[string]error{
		"unary": unary, "interceptor of the client": below, "stream": stream.RecvMsg(&wrapperspb.StringValue{}),
	} {
		if got := status.Code(err); got != codes.FailedPrecondition {
			t.Errorf("%s: %v, want FailedPrecondition", name, got)
		}
	}
}
