package circuitgrpc_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// The methods of grpc's own test service.
const (
	unaryMethod    = "/grpc.testing.TestService/UnaryCall"
	downloadMethod = "/grpc.testing.TestService/StreamingOutputCall"
	uploadMethod   = "/grpc.testing.TestService/StreamingInputCall"
	bidiMethod     = "/grpc.testing.TestService/FullDuplexCall"
)

const patience = 10 * time.Second // for a condition; never waited for in full by a test that passes

// service is grpc's test service with handlers that a test sets; a call to one
// that is not set is Unimplemented.
type service struct {
	pb.UnimplementedTestServiceServer
	served   atomic.Int64 // calls that reached a handler
	unary    func(context.Context, *pb.SimpleRequest) (*pb.SimpleResponse, error)
	download func(*pb.StreamingOutputCallRequest, grpc.ServerStreamingServer[pb.StreamingOutputCallResponse]) error
	upload   func(grpc.ClientStreamingServer[pb.StreamingInputCallRequest, pb.StreamingInputCallResponse]) error
	bidi     func(grpc.BidiStreamingServer[pb.StreamingOutputCallRequest, pb.StreamingOutputCallResponse]) error
}

func (s *service) UnaryCall(ctx context.Context, r *pb.SimpleRequest) (*pb.SimpleResponse, error) {
	s.served.Add(1)
	if s.unary == nil {
		return s.UnimplementedTestServiceServer.UnaryCall(ctx, r)
	}
	return s.unary(ctx, r)
}

func (s *service) StreamingOutputCall(r *pb.StreamingOutputCallRequest, out grpc.ServerStreamingServer[pb.StreamingOutputCallResponse]) error {
	s.served.Add(1)
	if s.download == nil {
		return s.UnimplementedTestServiceServer.StreamingOutputCall(r, out)
	}
	return s.download(r, out)
}

func (s *service) StreamingInputCall(in grpc.ClientStreamingServer[pb.StreamingInputCallRequest, pb.StreamingInputCallResponse]) error {
	s.served.Add(1)
	if s.upload == nil {
		return s.UnimplementedTestServiceServer.StreamingInputCall(in)
	}
	return s.upload(in)
}

func (s *service) FullDuplexCall(both grpc.BidiStreamingServer[pb.StreamingOutputCallRequest, pb.StreamingOutputCallResponse]) error {
	s.served.Add(1)
	if s.bidi == nil {
		return s.UnimplementedTestServiceServer.FullDuplexCall(both)
	}
	return s.bidi(both)
}

// answers is a service whose unary handler returns what the request asks for.
func answers() *service {
	return &service{unary: func(_ context.Context, r *pb.SimpleRequest) (*pb.SimpleResponse, error) {
		return &pb.SimpleResponse{Username: "server"}, status.Error(codes.Code(r.GetResponseStatus().GetCode()), "as asked")
	}}
}

// asking is a request that is answered with that code.
func asking(code codes.Code) *pb.SimpleRequest {
	return &pb.SimpleRequest{ResponseStatus: &pb.EchoStatus{Code: int32(code)}}
}

// serve runs s on a loopback port until the test ends.
func serve(t testing.TB, s *service, opts ...grpc.ServerOption) (*grpc.Server, string) {
	t.Helper()
	srv := grpc.NewServer(opts...)
	pb.RegisterTestServiceServer(srv, s)
	return srv, listen(t, srv)
}

func listen(t testing.TB, srv *grpc.Server) (addr string) {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(lis) }()
	t.Cleanup(func() {
		srv.Stop()
		if err := <-done; err != nil && !errors.Is(err, grpc.ErrServerStopped) { // stopped before it served
			t.Errorf("Serve: %v", err)
		}
	})
	return lis.Addr().String()
}

func dial(t testing.TB, addr string, opts ...grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	opts = append([]grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials())}, opts...)
	cc, err := grpc.NewClient(addr, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cc.Close() })
	return cc
}

// counting is a group of breakers that count and never open by themselves.
func counting() *group.Group { return hystrixGroup(hystrix.Config{RequestVolumeThreshold: 1e9}) }

func hystrixGroup(c hystrix.Config) *group.Group {
	return group.New(func(string) circuit.Breaker {
		b, err := hystrix.New(c)
		if err != nil {
			panic(err)
		}
		return b
	})
}

func snapshot(g *group.Group, key string) circuit.Snapshot {
	r, _ := circuit.As[circuit.Reporter](g.Get(key))
	return r.Snapshot()
}

func total(g *group.Group, key string) circuit.Counts { return snapshot(g, key).Total }

func force(t testing.TB, g *group.Group, key string, m circuit.Mode) {
	t.Helper()
	setter, _ := circuit.As[circuit.ModeSetter](g.Get(key))
	if err := setter.SetMode(m); err != nil {
		t.Fatal(err)
	}
}

// eventually waits for a condition that another goroutine brings about.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: has not come about in %v", what, patience)
		}
	}
}

// wantTotal waits until the key's breaker has settled as many calls as want
// has, and demands that it settled them so.
func wantTotal(t testing.TB, g *group.Group, key string, want circuit.Counts) {
	t.Helper()
	settled := func(c circuit.Counts) uint64 { return c.Successes + c.Failures + c.Ignored }
	eventually(t, key+" settled", func() bool { return settled(total(g, key)) >= settled(want) })
	if got := total(g, key); got != want {
		t.Errorf("%s: counts are %+v, want %+v", key, got, want)
	}
}
