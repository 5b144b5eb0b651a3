package gozero_test

import (
	"context"
	"testing"

	"github.com/zeromicro/go-zero/core/breaker"
	"github.com/zeromicro/go-zero/zrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/gozero"
)

// guarded adds both server interceptors.
func guarded(opts ...gozero.Option) func(s *zrpc.RpcServer) {
	return func(s *zrpc.RpcServer) {
		s.AddUnaryInterceptors(gozero.UnaryServerInterceptor(opts...))
		s.AddStreamInterceptors(gozero.StreamServerInterceptor(opts...))
	}
}

func TestRule14_ServerRefusesNatively(t *testing.T) {
	e := &echo{}
	conn := dial(t, serve(t, e, nil, guarded(gozero.WithBreaker(forcedOpen))), nil)
	if _, err := invoke(t.Context(), conn, say, ""); status.Code(err) != codes.Unavailable {
		t.Errorf("unary: %v, want Unavailable", err)
	}
	stream, err := conn.NewStream(t.Context(), talkDesc, talk)
	must(t, err)
	if err := stream.RecvMsg(&wrapperspb.StringValue{}); status.Code(err) != codes.Unavailable {
		t.Errorf("stream: %v, want Unavailable", err)
	}
	if got := e.called.Load(); got != 0 {
		t.Errorf("%d refused calls reached their handlers", got)
	}
}

// Rule 13: a health check works whatever the breakers say, on either side.
func TestRule13_HealthChecksAreNeverRefused(t *testing.T) {
	clientGroup, serverGroup := group.New(forcedOpen), group.New(forcedOpen)
	conn := dial(t, serve(t, &echo{}, nil, guarded(gozero.WithGroup(serverGroup))), nil,
		zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor(gozero.WithGroup(clientGroup))),
		zrpc.WithStreamClientInterceptor(gozero.StreamClientInterceptor(gozero.WithGroup(clientGroup))))
	health := grpc_health_v1.NewHealthClient(conn)
	for range 10 {
		answer, err := health.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
		if err != nil || answer.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
			t.Fatalf("check: %v, %v", answer, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	watch, err := health.Watch(ctx, &grpc_health_v1.HealthCheckRequest{})
	must(t, err)
	if _, err := watch.Recv(); err != nil {
		t.Errorf("watch: %v", err)
	}
	if n := clientGroup.Len() + serverGroup.Len(); n != 0 {
		t.Errorf("%d breakers for health checks, want none", n)
	}
	_, err = invoke(t.Context(), conn, say, "")
	wantRefusal(t, err) // the breakers are open indeed
}

// Rule 2: go-zero's Recover makes an Internal error of a panic, outside of the
// interceptor, which must have counted it by then.
func TestRule2_PanicIsAFailure(t *testing.T) {
	e := &echo{
		say:  func(context.Context, string) (string, error) { panic("unary") },
		talk: func(grpc.ServerStream) error { panic("stream") },
	}
	g := group.New(tripping)
	conn := dial(t, serve(t, e, nil, guarded(gozero.WithGroup(g))), nil)
	if _, err := invoke(t.Context(), conn, say, ""); status.Code(err) != codes.Internal {
		t.Errorf("unary: %v, want Internal", err)
	}
	stream, err := conn.NewStream(t.Context(), talkDesc, talk)
	must(t, err)
	if err := stream.RecvMsg(&wrapperspb.StringValue{}); status.Code(err) != codes.Internal {
		t.Errorf("stream: %v, want Internal", err)
	}
	wantCounts(t, g, say, circuit.Counts{Failures: 1})
	wantCounts(t, g, talk, circuit.Counts{Failures: 1})
}

// go-zero's timeout answers DeadlineExceeded while the handler goes on. The stock
// breaker, outside of the timeout, counts a failure then; so must ours, inside,
// and not a success when the handler comes back at last.
func TestHandlerThatOutlivesItsAnswerIsAFailure(t *testing.T) {
	release, returned := make(chan struct{}), make(chan struct{})
	e := &echo{say: func(context.Context, string) (string, error) {
		<-release
		return "too late", nil
	}}
	g := group.New(tripping)
	addr := serve(t, e, func(c *zrpc.RpcServerConf) { c.Timeout = 50 }, func(s *zrpc.RpcServer) {
		s.AddUnaryInterceptors(func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			if info.FullMethod == say {
				defer close(returned) // ours is done by then
			}
			return next(ctx, req)
		}, gozero.UnaryServerInterceptor(gozero.WithGroup(g)))
	})
	conn := dial(t, addr, nil)
	if _, err := invoke(t.Context(), conn, say, ""); status.Code(err) != codes.DeadlineExceeded {
		t.Fatalf("%v, want go-zero's DeadlineExceeded", err)
	}
	wantCounts(t, g, say, circuit.Counts{Failures: 1}) // while the handler hangs
	close(release)
	<-returned
	if got := total(g, say); got != (circuit.Counts{Failures: 1}) {
		t.Errorf("counted %+v once the handler was back, want the one failure", got)
	}
}

// The caller leaves, and the handler takes no notice: nobody's fault, judged when
// the caller leaves.
func TestRule4_HandlerOfACallerWhoLeftIsIgnored(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	e := &echo{say: func(context.Context, string) (string, error) {
		close(arrived)
		<-release
		return "", status.Error(codes.Internal, "nobody listens")
	}}
	g := group.New(tripping)
	conn := dial(t, serve(t, e, func(c *zrpc.RpcServerConf) { c.Timeout = 0 }, guarded(gozero.WithGroup(g))), nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	if _, err := invoke(ctx, conn, say, ""); status.Code(err) != codes.Canceled {
		t.Fatal(err)
	}
	wantCounts(t, g, say, circuit.Counts{Ignored: 1})
}

// A → B → C, and B's breaker for C is open: A must see Unavailable, where the
// error of the stock breaker would be Unknown, and B's own handler is not to blame.
func TestNextHopSeesUnavailable(t *testing.T) {
	c := serve(t, &echo{}, nil, nil)
	toC := dial(t, c, nil, zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor(gozero.WithBreaker(forcedOpen))))
	atB, atA := group.New(tripping), group.New(tripping)
	b := serve(t, &echo{say: func(ctx context.Context, in string) (string, error) {
		if in == "stock" {
			return "", breaker.ErrServiceUnavailable
		}
		return invoke(ctx, toC, say, in)
	}}, nil, guarded(gozero.WithGroup(atB)))
	toB := dial(t, b, nil, zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor(
		gozero.WithGroup(atA), gozero.WithKey(func(_ context.Context, _, method string) string { return method }))))

	if _, err := invoke(t.Context(), toB, say, "ours"); status.Code(err) != codes.Unavailable {
		t.Errorf("ours: %v, want Unavailable", err)
	}
	if _, err := invoke(t.Context(), toB, say, "stock"); status.Code(err) != codes.Unknown {
		t.Errorf("stock: %v; it is no longer Unknown, so say so in the docs", err)
	}
	wantCounts(t, atB, say, circuit.Counts{Ignored: 2})
	wantCounts(t, atA, say, circuit.Counts{Failures: 2})
}

func TestServerFallback(t *testing.T) {
	conn := dial(t, serve(t, &echo{}, nil, guarded(gozero.WithBreaker(forcedOpen),
		gozero.WithKey(func(_ context.Context, target, method string) string {
			if target != "" {
				t.Errorf("target %q on a server", target)
			}
			return method
		}),
		gozero.WithServerFallback(func(_ context.Context, _ string, req any, err error) (any, error) {
			wantRefusal(t, err)
			return wrapperspb.String("instead of " + req.(*wrapperspb.StringValue).GetValue()), nil
		}))), nil)
	if out, err := invoke(t.Context(), conn, say, "this"); out != "instead of this" || err != nil {
		t.Errorf("got %q, %v", out, err)
	}
}
