package circuitgrpc_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// both is a client and a server, each with all its interceptors, that share a group
// on each side.
func both(t testing.TB, s *service, client, server *group.Group, opts ...circuitgrpc.Option) pb.TestServiceClient {
	t.Helper()
	_, addr := serve(t, s, guarded(server, opts...)...)
	return pb.NewTestServiceClient(dial(t, addr, guarding(client, opts...)...))
}

func guarded(g *group.Group, opts ...circuitgrpc.Option) []grpc.ServerOption {
	opts = append(opts, circuitgrpc.WithGroup(g))
	return []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(recoverUnary, circuitgrpc.UnaryServerInterceptor(opts...)),
		grpc.ChainStreamInterceptor(recoverStream, circuitgrpc.StreamServerInterceptor(opts...)),
	}
}

func guarding(g *group.Group, opts ...circuitgrpc.Option) []grpc.DialOption {
	opts = append(opts, circuitgrpc.WithGroup(g))
	return []grpc.DialOption{
		grpc.WithChainUnaryInterceptor(circuitgrpc.UnaryClientInterceptor(opts...)),
		grpc.WithChainStreamInterceptor(circuitgrpc.StreamClientInterceptor(opts...)),
	}
}

// recoverUnary is the interceptor that real servers have outermost.
func recoverUnary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (_ any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = status.Errorf(codes.Internal, "panic: %v", p)
		}
	}()
	return handler(ctx, req)
}

func recoverStream(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = status.Errorf(codes.Internal, "panic: %v", p)
		}
	}()
	return handler(srv, stream)
}

// drain reads a stream to its end, and returns the error that ended it, nil for EOF.
func drain[T any](stream interface{ Recv() (*T, error) }) error {
	for {
		if _, err := stream.Recv(); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

func counts(o circuit.Outcome) circuit.Counts {
	switch o {
	case ok:
		return circuit.Counts{Successes: 1}
	case failed:
		return circuit.Counts{Failures: 1}
	case busy:
		return circuit.Counts{Failures: 1, Overloads: 1}
	}
	return circuit.Counts{Ignored: 1}
}

// Each code goes through real calls of all four kinds, and both sides judge it as
// the table says.
func TestRule5EveryCodeOnBothSides(t *testing.T) {
	var code codes.Code
	answer := func() error { return status.Error(code, "from the table") }
	s := &service{
		unary: func(context.Context, *pb.SimpleRequest) (*pb.SimpleResponse, error) {
			return &pb.SimpleResponse{}, answer()
		},
		download: func(*pb.StreamingOutputCallRequest, grpc.ServerStreamingServer[pb.StreamingOutputCallResponse]) error {
			return answer()
		},
		upload: func(in grpc.ClientStreamingServer[pb.StreamingInputCallRequest, pb.StreamingInputCallResponse]) error {
			if err := answer(); err != nil {
				return err
			}
			return in.SendAndClose(&pb.StreamingInputCallResponse{})
		},
		bidi: func(grpc.BidiStreamingServer[pb.StreamingOutputCallRequest, pb.StreamingOutputCallResponse]) error {
			return answer()
		},
	}
	client, server := counting(), counting()
	c := both(t, s, client, server)
	for _, row := range table {
		code = row.code
		for _, kind := range attempts {
			if err := kind.call(t.Context(), c); status.Code(err) != row.code {
				t.Fatalf("%s: the client got %v, want %v", kind.method, err, row.code)
			}
			t.Run(row.code.String()+kind.method, func(t *testing.T) {
				wantTotal(t, client, kind.method, counts(row.byDefault))
				wantTotal(t, server, kind.method, counts(row.byDefault))
			})
			client.Remove(kind.method)
			server.Remove(kind.method)
		}
	}
}

// A handler's plain context error is on the wire what status.FromContextError
// makes of it, and both sides judge it alike.
func TestRule5PlainErrorsOfHandlers(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		code codes.Code
		want circuit.Outcome
	}{
		{"plain", errors.New("boom"), codes.Unknown, failed},
		{"deadline", context.DeadlineExceeded, codes.DeadlineExceeded, failed},
		{"cancelled", context.Canceled, codes.Canceled, ignored},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, server := counting(), counting()
			s := &service{unary: func(context.Context, *pb.SimpleRequest) (*pb.SimpleResponse, error) { return nil, c.err }}
			_, err := both(t, s, client, server).UnaryCall(t.Context(), &pb.SimpleRequest{})
			if status.Code(err) != c.code {
				t.Errorf("the client got %v, want %v", err, c.code)
			}
			wantTotal(t, client, unaryMethod, counts(c.want))
			wantTotal(t, server, unaryMethod, counts(c.want))
		})
	}
}

func TestWithClassifierOnBothSides(t *testing.T) {
	client, server := counting(), counting()
	c := both(t, answers(), client, server, circuitgrpc.WithClassifier(circuitgrpc.Codes(codes.NotFound)))
	for _, code := range []codes.Code{codes.NotFound, codes.NotFound, codes.Internal, codes.OK} {
		_, _ = c.UnaryCall(t.Context(), asking(code))
	}
	want := circuit.Counts{Successes: 2, Failures: 2}
	wantTotal(t, client, unaryMethod, want)
	wantTotal(t, server, unaryMethod, want)
}

// Only the default classifier is spared the calls that have no error.
func TestClassifierIsAskedAboutCallsWithoutError(t *testing.T) {
	g := counting()
	ignores := circuitgrpc.WithClassifier(func(context.Context, error) circuit.Outcome { return circuit.Ignored })
	for _, k := range interceptors(nil, circuitgrpc.WithGroup(g), ignores) {
		k.call()
	}
	wantTotal(t, g, someMethod, circuit.Counts{Ignored: 4})
}
