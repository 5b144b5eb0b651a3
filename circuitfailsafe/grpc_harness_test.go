package circuitfailsafe_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/failsafegrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	pb "google.golang.org/grpc/interop/grpc_testing"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
)

type reply = *pb.SimpleResponse

const (
	unaryMethod = "/grpc.testing.TestService/UnaryCall"
	emptyMethod = "/grpc.testing.TestService/EmptyCall"
)

// service is grpc's test service. EmptyCall always succeeds.
type service struct {
	pb.UnimplementedTestServiceServer
	calls atomic.Int64 // of UnaryCall
	unary func(context.Context) error
}

func (s *service) UnaryCall(ctx context.Context, _ *pb.SimpleRequest) (*pb.SimpleResponse, error) {
	s.calls.Add(1)
	if err := s.unary(ctx); err != nil {
		return nil, err
	}
	return &pb.SimpleResponse{Username: "server"}, nil
}

func (s *service) EmptyCall(context.Context, *pb.Empty) (*pb.Empty, error) { return &pb.Empty{}, nil }

// serve runs s on a loopback port until the test ends.
func serve(tb testing.TB, s *service, opts ...grpc.ServerOption) (addr string) {
	tb.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	srv := grpc.NewServer(opts...)
	pb.RegisterTestServiceServer(srv, s)
	done := make(chan error, 1)
	go func() { done <- srv.Serve(lis) }()
	tb.Cleanup(func() {
		srv.Stop()
		if err := <-done; err != nil && !errors.Is(err, grpc.ErrServerStopped) { // stopped before it served
			tb.Errorf("Serve: %v", err)
		}
	})
	return lis.Addr().String()
}

func dial(tb testing.TB, addr string, interceptors ...grpc.UnaryClientInterceptor) pb.TestServiceClient {
	tb.Helper()
	cc, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithChainUnaryInterceptor(interceptors...))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = cc.Close() })
	return pb.NewTestServiceClient(cc)
}

// through is an interceptor of failsafe's.
func through(policies ...failsafe.Policy[reply]) grpc.UnaryClientInterceptor {
	return failsafegrpc.NewUnaryClientInterceptor(policies...)
}

// forGRPC is what makes a policy one for gRPC.
func forGRPC(b circuit.Breaker, opts ...circuitfailsafe.Option[reply]) failsafe.Policy[reply] {
	return circuitfailsafe.NewPolicy(b, append(opts,
		circuitfailsafe.WithClassifier[reply](circuitgrpc.DefaultClassifier),
		circuitfailsafe.WithResultOf[reply](circuitgrpc.ResultOf))...)
}

// asRefusal makes a refusal one of gRPC's.
func asRefusal() circuitfailsafe.Option[reply] {
	return circuitfailsafe.WithRefusal[reply](func(ctx context.Context, err error) error {
		return circuitgrpc.NewRefusal(circuitfailsafe.KeyFromContext(ctx), err)
	})
}

// byMethod gives calls their method for key.
func byMethod(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoker grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	return invoker(circuitfailsafe.ContextWithKey(ctx, method), method, req, reply, cc, opts...)
}
