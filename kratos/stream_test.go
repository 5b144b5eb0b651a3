package kratos_test

import (
	"context"
	"io"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/go-kratos/kratos/v2/errors"
	"github.com/go-kratos/kratos/v2/transport"
	kgrpc "github.com/go-kratos/kratos/v2/transport/grpc"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
	"github.com/go-fusebox/fusebox/kratos"
)

func serverWith(opts []kratos.Option) []kgrpc.ServerOption {
	return []kgrpc.ServerOption{
		kgrpc.Middleware(kratos.Server(opts...)), kgrpc.StreamInterceptor(kratos.StreamServerInterceptor(opts...)),
	}
}

func streamsWith(opts []kratos.Option) kgrpc.ClientOption {
	return kgrpc.WithStreamInterceptor(kratos.StreamClientInterceptor(opts...))
}

// chat sends one message in and passes what comes out to each.
func chat(ctx context.Context, conn *grpc.ClientConn, each func() error) error {
	stream, err := conn.NewStream(ctx, chatDesc, opChat)
	if err != nil {
		return err
	}
	if err := stream.SendMsg(wrapperspb.String("x")); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	for {
		if err := stream.RecvMsg(&wrapperspb.StringValue{}); err != nil {
			return err
		}
		if err := each(); err != nil {
			return err
		}
	}
}

func TestRule15StreamIsJudgedAtItsEnd(t *testing.T) {
	end := make(chan error)
	atServer := group.New(guard.DefaultBreaker)
	address := startGRPC(t, &greeter{chat: func(stream grpc.ServerStream) error {
		if err := stream.SendMsg(wrapperspb.String("first")); err != nil {
			return err
		}
		select {
		case err := <-end:
			return err
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
	}}, serverWith([]kratos.Option{kratos.WithGroup(atServer)})...)
	atClient := group.New(guard.DefaultBreaker)
	conn := client{address: address}.grpc(t, streamsWith([]kratos.Option{kratos.WithGroup(atClient)}))

	for _, c := range []struct {
		what string
		end  func(cancel context.CancelFunc)
		want circuit.Counts // after all cases up to this one
	}{
		{"well", func(context.CancelFunc) { end <- nil }, circuit.Counts{Successes: 1}},
		{"broken", func(context.CancelFunc) { end <- errBroken }, circuit.Counts{Successes: 1, Failures: 1}},
		{"bad request", func(context.CancelFunc) { end <- status.Error(codes.InvalidArgument, "") }, circuit.Counts{Successes: 2, Failures: 1}},
		{"dropped", func(cancel context.CancelFunc) { cancel() }, circuit.Counts{Successes: 2, Failures: 1, Ignored: 1}},
	} {
		before := [2]circuit.Counts{snapshot(t, atClient, opChat).Total, snapshot(t, atServer, opChat).Total}
		ctx, cancel := context.WithCancel(t.Context())
		err := chat(ctx, conn, func() error {
			if now := [2]circuit.Counts{snapshot(t, atClient, opChat).Total, snapshot(t, atServer, opChat).Total}; now != before {
				t.Errorf("%s: judged while it goes on: %+v", c.what, now)
			}
			c.end(cancel)
			return nil
		})
		if errors.Is(err, io.EOF) != (c.what == "well") {
			t.Errorf("%s: ended with %v", c.what, err)
		}
		eventually(t, c.what+", judged on both sides", func() bool {
			return snapshot(t, atClient, opChat).Total == c.want && snapshot(t, atServer, opChat).Total == c.want
		})
		cancel()
	}
}

func TestStreamRefusedByClient(t *testing.T) {
	address := startGRPC(t, &greeter{chat: func(grpc.ServerStream) error { return errBroken }})
	conn := client{address: address}.grpc(t, streamsWith([]kratos.Option{kratos.WithBreaker(brittle)}))
	for range 3 {
		if err := chat(t.Context(), conn, nil); errors.Reason(err) != "BROKEN" {
			t.Fatalf("%v, must be the backend's error", err)
		}
	}
	refusedHere(t, chat(t.Context(), conn, nil))
}

func TestStreamRefusedByServer(t *testing.T) {
	address := startGRPC(t, &greeter{hello: well, chat: func(grpc.ServerStream) error { return errBroken }},
		serverWith([]kratos.Option{kratos.WithBreaker(brittle)})...)
	conn := client{address: address}.grpc(t)
	for range 3 {
		_ = chat(t.Context(), conn, nil)
	}
	err := chat(t.Context(), conn, nil)
	native(t, err)
	if errors.Is(err, circuit.ErrNotAllowed) {
		t.Error("the client didn't refuse, and must not be told so")
	}
}

// One group and one key for calls and streams: what fails as a stream is refused
// as a call.
func TestStreamsShareKeysWithCalls(t *testing.T) {
	g := group.New(brittle)
	opts := []kratos.Option{kratos.WithGroup(g), kratos.WithKey(func(_ context.Context, tr transport.Transporter) string {
		return tr.Endpoint()
	})}
	address := startGRPC(t, &greeter{hello: well, chat: func(grpc.ServerStream) error { return errBroken }})
	c := client{address: address}
	conn := c.grpc(t, streamsWith(opts), kgrpc.WithMiddleware(kratos.Client(opts...)))
	for range 3 {
		_ = chat(t.Context(), conn, nil)
	}
	refusedHere(t, conn.Invoke(t.Context(), opHello, wrapperspb.String("x"), &wrapperspb.StringValue{}))
	if n := g.Len(); n != 1 {
		t.Errorf("%d keys, must be 1", n)
	}
}

// A handler's own client refused: that is the handler's error, not a refusal by
// the breaker around it. A handler that forwards calls the method that it serves,
// and its error was replaced.
func TestStreamHandlerThatPassesARefusalOn(t *testing.T) {
	for _, method := range []string{"/inner.Service/Method", opChat} {
		inner := circuitgrpc.StreamClientInterceptor(circuitgrpc.WithBreaker(brittle))
		address := startGRPC(t, &greeter{chat: func(stream grpc.ServerStream) error {
			var err error
			for range 4 {
				_, err = inner(stream.Context(), chatDesc, nil, method,
					func(context.Context, *grpc.StreamDesc, *grpc.ClientConn, string, ...grpc.CallOption) (grpc.ClientStream, error) {
						return nil, errBroken
					})
			}
			return errors.New(502, "INNER", "the inner service is refused").WithCause(err)
		}}, serverWith(nil)...)
		if err := chat(t.Context(), client{address: address}.grpc(t), nil); errors.Reason(err) != "INNER" {
			t.Errorf("%s: %v, must have the reason INNER", method, err)
		}
	}
}
