package circuitgrpc_test

import (
	"context"
	"testing"

	"google.golang.org/grpc"
	pb "google.golang.org/grpc/interop/grpc_testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

type (
	downloadServer = grpc.ServerStreamingServer[pb.StreamingOutputCallResponse]
	uploadServer   = grpc.ClientStreamingServer[pb.StreamingInputCallRequest, pb.StreamingInputCallResponse]
	bidiServer     = grpc.BidiStreamingServer[pb.StreamingOutputCallRequest, pb.StreamingOutputCallResponse]

	downloadClient = grpc.ServerStreamingClient[pb.StreamingOutputCallResponse]
	uploadClient   = grpc.ClientStreamingClient[pb.StreamingInputCallRequest, pb.StreamingInputCallResponse]
	bidiClient     = grpc.BidiStreamingClient[pb.StreamingOutputCallRequest, pb.StreamingOutputCallResponse]
)

var (
	message = &pb.StreamingOutputCallResponse{Payload: &pb.Payload{Body: make([]byte, 100)}}
	request = &pb.StreamingOutputCallRequest{Payload: &pb.Payload{Body: make([]byte, 100)}}
)

// sends is a service whose streams send n messages and return err.
func sends(n int, err error) *service {
	return &service{
		download: func(_ *pb.StreamingOutputCallRequest, out downloadServer) error {
			for range n {
				if err := out.Send(message); err != nil {
					return err
				}
			}
			return err
		},
		upload: func(in uploadServer) error {
			if err := drain(in); err != nil {
				return err
			}
			return in.SendAndClose(&pb.StreamingInputCallResponse{})
		},
		bidi: func(both bidiServer) error {
			for range n {
				if err := both.Send(message); err != nil {
					return err
				}
			}
			if err := drain(both); err != nil {
				return err
			}
			return err
		},
	}
}

// hangs is a service whose streams send n messages and wait for their caller to go.
func hangs(n int) *service {
	hang := func(ctx context.Context, send func(*pb.StreamingOutputCallResponse) error) error {
		for range n {
			if err := send(message); err != nil {
				return err
			}
		}
		<-ctx.Done()
		return ctx.Err()
	}
	return &service{
		download: func(_ *pb.StreamingOutputCallRequest, out downloadServer) error { return hang(out.Context(), out.Send) },
		bidi:     func(both bidiServer) error { return hang(both.Context(), both.Send) },
	}
}

// line is a client of a server, each with a group of counting breakers.
type line struct {
	pb.TestServiceClient
	conn           *grpc.ClientConn
	srv            *grpc.Server
	client, server *group.Group
}

func connect(t testing.TB, s *service, opts ...grpc.DialOption) *line {
	t.Helper()
	l := &line{client: counting(), server: counting()}
	var addr string
	l.srv, addr = serve(t, s, append(guarded(l.server), grpc.MaxRecvMsgSize(1<<16))...)
	l.conn = dial(t, addr, append(guarding(l.client), opts...)...)
	l.TestServiceClient = pb.NewTestServiceClient(l.conn)
	return l
}

func (l *line) download(ctx context.Context, t testing.TB, opts ...grpc.CallOption) downloadClient {
	t.Helper()
	stream, err := l.StreamingOutputCall(ctx, request, opts...)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return stream
}

func (l *line) upload(ctx context.Context, t testing.TB, opts ...grpc.CallOption) uploadClient {
	t.Helper()
	stream, err := l.StreamingInputCall(ctx, opts...)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return stream
}

func (l *line) bidi(ctx context.Context, t testing.TB, opts ...grpc.CallOption) bidiClient {
	t.Helper()
	stream, err := l.FullDuplexCall(ctx, opts...)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return stream
}

// unjudged demands that the client has not judged any stream of the method yet.
func (l *line) unjudged(t testing.TB, method string) {
	t.Helper()
	if got := total(l.client, method); got != (circuit.Counts{}) {
		t.Errorf("%s: counts are %+v before the stream's end, want none", method, got)
	}
}

func mustRecv[T any](t testing.TB, stream interface{ Recv() (*T, error) }) {
	t.Helper()
	if _, err := stream.Recv(); err != nil {
		t.Fatalf("receive: %v", err)
	}
}
