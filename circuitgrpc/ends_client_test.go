package circuitgrpc_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// Each way for a client's stream to end, and the one outcome that it has. A run
// returns the error that the caller saw last.
func TestRule15ClientStreamEnds(t *testing.T) {
	internal := status.Error(codes.Internal, "broken")
	big := &pb.Payload{Body: make([]byte, 1<<17)}
	for _, c := range []struct {
		name    string
		service *service
		method  string
		run     func(context.Context, *testing.T, *line) error
		code    codes.Code
		want    circuit.Outcome
	}{
		{"read to its clean end", sends(3, nil), downloadMethod, func(ctx context.Context, t *testing.T, l *line) error {
			stream := l.download(ctx, t)
			for range 3 {
				mustRecv(t, stream)
			}
			l.unjudged(t, downloadMethod)
			return drain(stream)
		}, codes.OK, ok},
		{"no message, clean end", sends(0, nil), downloadMethod, func(ctx context.Context, t *testing.T, l *line) error {
			return drain(l.download(ctx, t))
		}, codes.OK, ok},
		{"header alone, then an error", &service{download: func(_ *pb.StreamingOutputCallRequest, out downloadServer) error {
			return errors.Join(out.SendHeader(metadata.Pairs("k", "v")), internal)
		}}, downloadMethod, func(ctx context.Context, t *testing.T, l *line) error {
			stream := l.download(ctx, t)
			if _, err := stream.Header(); err != nil {
				return err
			}
			l.unjudged(t, downloadMethod)
			return drain(stream)
		}, codes.Internal, failed},
		{"error in the middle", sends(2, internal), downloadMethod, func(ctx context.Context, t *testing.T, l *line) error {
			stream := l.download(ctx, t)
			mustRecv(t, stream)
			mustRecv(t, stream)
			l.unjudged(t, downloadMethod)
			return drain(stream)
		}, codes.Internal, failed},
		{"the caller's mistake", sends(0, status.Error(codes.NotFound, "")), downloadMethod,
			func(ctx context.Context, t *testing.T, l *line) error { return drain(l.download(ctx, t)) }, codes.NotFound, ok},
		{"bidirectional, closed and drained", sends(2, nil), bidiMethod, func(ctx context.Context, t *testing.T, l *line) error {
			stream := l.bidi(ctx, t)
			if err := errors.Join(stream.Send(request), stream.CloseSend()); err != nil {
				return err
			}
			l.unjudged(t, bidiMethod)
			return drain(stream)
		}, codes.OK, ok},
		{"upload, closed and answered", sends(0, nil), uploadMethod, func(ctx context.Context, t *testing.T, l *line) error {
			stream := l.upload(ctx, t)
			if err := stream.Send(&pb.StreamingInputCallRequest{}); err != nil {
				return err
			}
			l.unjudged(t, uploadMethod)
			_, err := stream.CloseAndRecv()
			return err
		}, codes.OK, ok},
		{"upload fails on the way", &service{upload: func(uploadServer) error { return internal }}, uploadMethod,
			func(ctx context.Context, t *testing.T, l *line) error {
				stream := l.upload(ctx, t)
				eventually(t, "the send that fails", func() bool {
					return errors.Is(stream.Send(&pb.StreamingInputCallRequest{}), io.EOF)
				})
				_, err := stream.CloseAndRecv()
				return err
			}, codes.Internal, failed},
		{"the handler panics", &service{bidi: func(bidiServer) error { panic("handler") }}, bidiMethod,
			func(ctx context.Context, t *testing.T, l *line) error { return drain(l.bidi(ctx, t)) }, codes.Internal, failed},
		{"cancelled before the first message", hangs(0), downloadMethod, func(ctx context.Context, t *testing.T, l *line) error {
			ctx, cancel := context.WithCancel(ctx)
			stream := l.download(ctx, t)
			cancel()
			return drain(stream)
		}, codes.Canceled, ignored},
		{"cancelled after a message", hangs(1), downloadMethod, func(ctx context.Context, t *testing.T, l *line) error {
			ctx, cancel := context.WithCancel(ctx)
			stream := l.download(ctx, t)
			mustRecv(t, stream)
			l.unjudged(t, downloadMethod)
			cancel()
			return drain(stream)
		}, codes.Canceled, ignored},
		{"cancelled and never read", hangs(0), bidiMethod, func(ctx context.Context, t *testing.T, l *line) error {
			ctx, cancel := context.WithCancel(ctx)
			l.bidi(ctx, t)
			l.unjudged(t, bidiMethod)
			cancel()
			return nil
		}, codes.OK, ignored},
		{"cancelled before it was opened", hangs(0), bidiMethod, func(ctx context.Context, _ *testing.T, l *line) error {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			_, err := l.FullDuplexCall(ctx)
			return err
		}, codes.Canceled, ignored},
		{"deadline while reading", hangs(1), downloadMethod, func(ctx context.Context, t *testing.T, l *line) error {
			ctx, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
			defer cancel()
			stream := l.download(ctx, t)
			return drain(stream)
		}, codes.DeadlineExceeded, failed},
		{"deadline, never read", hangs(0), bidiMethod, func(ctx context.Context, t *testing.T, l *line) error {
			ctx, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
			t.Cleanup(cancel)
			l.bidi(ctx, t)
			return nil
		}, codes.OK, failed},
		{"deadline before it was opened", hangs(0), bidiMethod, func(ctx context.Context, _ *testing.T, l *line) error {
			ctx, cancel := context.WithDeadline(ctx, time.Now())
			defer cancel()
			_, err := l.FullDuplexCall(ctx)
			return err
		}, codes.DeadlineExceeded, failed},
		{"error at opening", hangs(0), bidiMethod, func(ctx context.Context, _ *testing.T, l *line) error {
			// Metadata that can't be sent: gRPC says Internal before it sends anything.
			_, err := l.FullDuplexCall(metadata.AppendToOutgoingContext(ctx, "k", "\x00"))
			return err
		}, codes.Internal, ignored},
		{"a message too big to receive", sends(1, nil), downloadMethod, func(ctx context.Context, t *testing.T, l *line) error {
			return drain(l.download(ctx, t, grpc.MaxCallRecvMsgSize(10)))
		}, codes.ResourceExhausted, failed},
		{"a message too big to send", sends(0, nil), bidiMethod, func(ctx context.Context, t *testing.T, l *line) error {
			return l.bidi(ctx, t, grpc.MaxCallSendMsgSize(10)).Send(request)
		}, codes.ResourceExhausted, failed},
		{"a message too big for the server", sends(0, nil), uploadMethod, func(ctx context.Context, t *testing.T, l *line) error {
			stream := l.upload(ctx, t)
			_ = stream.Send(&pb.StreamingInputCallRequest{Payload: big}) // or the error shows at the end
			_, err := stream.CloseAndRecv()
			return err
		}, codes.ResourceExhausted, failed},
		{"the server dies", hangs(1), downloadMethod, func(ctx context.Context, t *testing.T, l *line) error {
			stream := l.download(ctx, t)
			mustRecv(t, stream)
			l.srv.Stop()
			return drain(stream)
		}, codes.Unavailable, failed},
		{"the caller closes its connection", hangs(1), downloadMethod, func(ctx context.Context, t *testing.T, l *line) error {
			stream := l.download(ctx, t)
			mustRecv(t, stream)
			_ = l.conn.Close()
			return drain(stream)
		}, codes.Canceled, ignored},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := connect(t, c.service)
			ctx, cancel := context.WithCancel(context.Background())
			err := c.run(ctx, t, l)
			if status.Code(err) != c.code {
				t.Errorf("the caller got %v, want %v", err, c.code)
			}
			wantTotal(t, l.client, c.method, counts(c.want))
			cancel() // after the end: is not judged again
			l.srv.GracefulStop()
			wantTotal(t, l.client, c.method, counts(c.want))
		})
	}
}

// A stream that is left unread while its context lives has no end, and is judged
// when the context ends it.
func TestRule15UnreadStreamIsJudgedWhenItsContextEnds(t *testing.T) {
	l := connect(t, sends(1000, nil))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	mustRecv(t, l.download(ctx, t))
	wantTotal(t, l.server, downloadMethod, counts(ok)) // the server is done with it
	l.unjudged(t, downloadMethod)
	cancel()
	wantTotal(t, l.client, downloadMethod, counts(ignored))
}

// The streamer's own error, for want of a connection, is judged once.
func TestRule15StreamWithoutConnection(t *testing.T) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = lis.Close()
	g := counting()
	client := pb.NewTestServiceClient(dial(t, lis.Addr().String(), guarding(g)...))
	if _, err := client.FullDuplexCall(t.Context()); status.Code(err) != codes.Unavailable {
		t.Errorf("the caller got %v, want Unavailable", err)
	}
	wantTotal(t, g, bidiMethod, counts(failed))
}

// An interceptor further down that fails before gRPC is asked: there is no
// OnFinish, and its error is the end.
func TestRule15ErrorOfAnotherInterceptor(t *testing.T) {
	l := connect(t, hangs(0), grpc.WithChainStreamInterceptor(
		func(context.Context, *grpc.StreamDesc, *grpc.ClientConn, string, grpc.Streamer, ...grpc.CallOption) (grpc.ClientStream, error) {
			return nil, status.Error(codes.Internal, "no token")
		}))
	if _, err := l.FullDuplexCall(t.Context()); status.Code(err) != codes.Internal {
		t.Errorf("the caller got %v, want Internal", err)
	}
	wantTotal(t, l.client, bidiMethod, counts(failed))
}

// DeadlineExceeded comes while the caller's context is alive when the timeout is
// the service config's: the status decides.
func TestRule4TimeoutOfServiceConfigIsFailure(t *testing.T) {
	l := connect(t, hangs(0), grpc.WithDefaultServiceConfig(`{"methodConfig": [{"name": [{}], "timeout": "0.1s"}]}`))
	if err := drain(l.download(t.Context(), t)); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("the caller got %v, want DeadlineExceeded", err)
	}
	wantTotal(t, l.client, downloadMethod, counts(failed))
}

// gRPC's own retries are below the interceptors: one call, one outcome.
func TestRetriesOfServiceConfigAreOneCall(t *testing.T) {
	s := &service{}
	s.download = func(*pb.StreamingOutputCallRequest, downloadServer) error {
		if s.served.Load() < 3 {
			return status.Error(codes.Unavailable, "not yet")
		}
		return nil
	}
	l := connect(t, s, grpc.WithDefaultServiceConfig(`{"methodConfig": [{"name": [{}], "retryPolicy": {"maxAttempts": 3,
		"initialBackoff": "0.001s", "maxBackoff": "0.001s", "backoffMultiplier": 1, "retryableStatusCodes": ["UNAVAILABLE"]}}]}`))
	if err := drain(l.download(t.Context(), t)); err != nil {
		t.Fatal(err)
	}
	wantTotal(t, l.server, downloadMethod, circuit.Counts{Successes: 1, Failures: 2})
	wantTotal(t, l.client, downloadMethod, circuit.Counts{Successes: 1})
}
