package circuitfailsafe_test

import (
	"context"
	"testing"

	"github.com/failsafe-go/failsafe-go/failsafegrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// What package documentation says of servers: of a call that its client gave up, a policy
// sees the error alone, and all calls have the empty key.
func TestServerInterceptorOfFailsafe(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(context.Context) error
		want circuit.Result
	}{
		"an error that says so":   {context.Context.Err, interruptedIn(0)},
		"an error that doesn't":   {func(context.Context) error { return status.Error(codes.Internal, "no answer") }, failedIn(0)},
		"served all the same":     {func(context.Context) error { return nil }, succeededIn(0)},
		"an error, not a failure": {func(context.Context) error { return status.Error(codes.NotFound, "") }, succeededIn(0)},
	} {
		t.Run(name, func(t *testing.T) {
			l := &ledger{}
			var keys []string
			g := group.New(func(key string) circuit.Breaker { keys = append(keys, key); return l })
			keyed := func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
				return handler(circuitfailsafe.ContextWithKey(ctx, info.FullMethod), req)
			}
			started := make(chan struct{})
			s := &service{unary: func(ctx context.Context) error {
				close(started)
				<-ctx.Done()
				return tt.end(ctx)
			}}
			client := dial(t, serve(t, s, grpc.ChainUnaryInterceptor(keyed,
				failsafegrpc.NewUnaryServerInterceptor(forGRPC(nil, circuitfailsafe.WithGroup[reply](g, nil))))))
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-started; cancel() }()
			if _, err := client.UnaryCall(ctx, &pb.SimpleRequest{}); status.Code(err) != codes.Canceled {
				t.Errorf("%v, want Canceled", err)
			}
			got := l.settled(t, 1)
			if got.Duration = 0; got != tt.want {
				t.Errorf("judged %+v, want %+v", got, tt.want)
			}
			if len(keys) != 1 || keys[0] != "" {
				t.Errorf("keys are %q, want the empty one", keys)
			}
		})
	}
}
