package circuitgrpc_test

import (
	"context"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
)

func TestRule4CallersCancellationOfUnaryCalls(t *testing.T) {
	arrived := make(chan struct{})
	s := &service{unary: func(ctx context.Context, _ *pb.SimpleRequest) (*pb.SimpleResponse, error) {
		arrived <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	l := connect(t, s)
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-arrived
			cancel()
		}()
		if _, err := l.UnaryCall(ctx, &pb.SimpleRequest{}); status.Code(err) != codes.Canceled {
			t.Errorf("the caller got %v, want Canceled", err)
		}
	}
	wantTotal(t, l.client, unaryMethod, circuit.Counts{Ignored: 3})
	wantTotal(t, l.server, unaryMethod, circuit.Counts{Ignored: 3})
}

// The failure of a backend that is gone is one for each call, and waiting for it
// to come back is none: call options go through.
func TestWaitForReadyGoesThrough(t *testing.T) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := lis.Addr().String()
	_ = lis.Close()
	g := counting()
	client := pb.NewTestServiceClient(dial(t, addr, guarding(g)...))
	if _, err := client.UnaryCall(t.Context(), asking(codes.OK)); status.Code(err) != codes.Unavailable {
		t.Fatalf("without a server: %v, want Unavailable", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := client.UnaryCall(ctx, asking(codes.OK), grpc.WaitForReady(true)); status.Code(err) != codes.DeadlineExceeded {
		t.Fatalf("waiting for a server: %v, want DeadlineExceeded", err)
	}
	wantTotal(t, g, unaryMethod, circuit.Counts{Failures: 2})
}

// token is a credential of one call.
type token string

func (k token) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"token": string(k)}, nil
}

func (token) RequireTransportSecurity() bool { return false }

func TestCallOptionsGoThrough(t *testing.T) {
	s := answers()
	s.bidi = func(bidiServer) error { return nil }
	l := connect(t, s)
	finished := 0
	opts := append([]grpc.CallOption{}, grpc.PerRPCCredentials(token("t")), grpc.OnFinish(func(error) { finished++ }))
	if _, err := l.UnaryCall(t.Context(), asking(codes.OK), opts...); err != nil {
		t.Fatal(err)
	}
	if err := drain(l.bidi(t.Context(), t, opts...)); err != nil {
		t.Fatal(err)
	}
	if finished != 2 {
		t.Errorf("the caller's OnFinish ran %d times for two calls", finished)
	}
	wantTotal(t, l.client, unaryMethod, circuit.Counts{Successes: 1})
	wantTotal(t, l.client, bidiMethod, circuit.Counts{Successes: 1})
}

// Two streams that are opened with one slice of options at the same time must not
// write their OnFinish into the same place behind it.
func TestCallOptionsAreNotWrittenTo(t *testing.T) {
	room := make([]grpc.CallOption, 3)
	room[0] = grpc.WaitForReady(true)
	var passed int
	_, _ = circuitgrpc.StreamClientInterceptor()(t.Context(), &grpc.StreamDesc{}, nil, "/s/m",
		func(_ context.Context, _ *grpc.StreamDesc, _ *grpc.ClientConn, _ string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
			passed = len(opts)
			return nil, nil
		}, room[:1]...)
	if passed != 2 || room[1] != nil || room[2] != nil {
		t.Errorf("%d options were passed on, and the caller's are now %v", passed, room)
	}
}
