package circuitgrpc_test

import (
	"context"
	"errors"
	"fmt"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// broken is a service that can't serve anything.
type broken struct {
	pb.UnimplementedTestServiceServer
}

func (broken) UnaryCall(context.Context, *pb.SimpleRequest) (*pb.SimpleResponse, error) {
	return nil, status.Error(codes.Internal, "no database")
}

func (broken) StreamingOutputCall(_ *pb.StreamingOutputCallRequest, out downloadServer) error {
	_ = out.Send(&pb.StreamingOutputCallResponse{})
	return status.Error(codes.DataLoss, "no more")
}

// threeInARow makes breakers that open after three failures in a row.
func threeInARow(string) circuit.Breaker {
	b, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 3})
	if err != nil {
		panic(err)
	}
	return b
}

// startBroken runs a server on a port of its own.
func startBroken(opts ...grpc.ServerOption) (addr string, stop func()) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	srv := grpc.NewServer(opts...)
	pb.RegisterTestServiceServer(srv, broken{})
	go func() { _ = srv.Serve(lis) }()
	return lis.Addr().String(), srv.Stop
}

func newClient(addr string, opts ...grpc.DialOption) (pb.TestServiceClient, func()) {
	conn, err := grpc.NewClient(addr, append(opts, grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	if err != nil {
		panic(err)
	}
	return pb.NewTestServiceClient(conn), func() { _ = conn.Close() }
}

// read reads a stream to its end.
func read(client pb.TestServiceClient) error {
	stream, err := client.StreamingOutputCall(context.Background(), &pb.StreamingOutputCallRequest{})
	if err != nil {
		return err
	}
	for {
		if _, err := stream.Recv(); err != nil {
			return err
		}
	}
}

func ExampleUnaryClientInterceptor() {
	addr, stop := startBroken()
	defer stop()
	client, done := newClient(addr, grpc.WithChainUnaryInterceptor(
		circuitgrpc.UnaryClientInterceptor(circuitgrpc.WithBreaker(threeInARow))))
	defer done()

	for range 4 {
		_, err := client.UnaryCall(context.Background(), &pb.SimpleRequest{})
		fmt.Println(status.Code(err), errors.Is(err, circuit.ErrNotAllowed))
	}
	// Output:
	// Internal false
	// Internal false
	// Internal false
	// Unavailable true
}

func ExampleStreamClientInterceptor() {
	addr, stop := startBroken()
	defer stop()
	client, done := newClient(addr, grpc.WithChainStreamInterceptor(
		circuitgrpc.StreamClientInterceptor(circuitgrpc.WithBreaker(threeInARow))))
	defer done()

	// Each stream opens and sends a message; it fails at its end.
	for range 4 {
		err := read(client)
		fmt.Println(status.Code(err), errors.Is(err, circuit.ErrNotAllowed))
	}
	// Output:
	// DataLoss false
	// DataLoss false
	// DataLoss false
	// Unavailable true
}

func ExampleUnaryServerInterceptor() {
	addr, stop := startBroken(grpc.ChainUnaryInterceptor(
		circuitgrpc.UnaryServerInterceptor(circuitgrpc.WithBreaker(threeInARow))))
	defer stop()
	client, done := newClient(addr)
	defer done()

	for range 4 {
		_, err := client.UnaryCall(context.Background(), &pb.SimpleRequest{})
		fmt.Println(status.Convert(err).Message())
	}
	// Output:
	// no database
	// no database
	// no database
	// circuitgrpc: circuit breaker refused /grpc.testing.TestService/UnaryCall
}

func ExampleStreamServerInterceptor() {
	addr, stop := startBroken(grpc.ChainStreamInterceptor(
		circuitgrpc.StreamServerInterceptor(circuitgrpc.WithBreaker(threeInARow))))
	defer stop()
	client, done := newClient(addr)
	defer done()

	for range 4 {
		fmt.Println(status.Convert(read(client)).Message())
	}
	// Output:
	// no more
	// no more
	// no more
	// circuitgrpc: circuit breaker refused /grpc.testing.TestService/StreamingOutputCall
}

func ExampleWithGroup() {
	addr, stop := startBroken()
	defer stop()
	// One group for both kinds of calls: its breakers can be listed.
	g := group.New(threeInARow, group.WithCap(100))
	client, done := newClient(addr,
		grpc.WithChainUnaryInterceptor(circuitgrpc.UnaryClientInterceptor(circuitgrpc.WithGroup(g))),
		grpc.WithChainStreamInterceptor(circuitgrpc.StreamClientInterceptor(circuitgrpc.WithGroup(g))))
	defer done()

	_, _ = client.UnaryCall(context.Background(), &pb.SimpleRequest{})
	_ = read(client)
	for key := range g.All() {
		fmt.Println(key)
	}
	// Unordered output:
	// /grpc.testing.TestService/UnaryCall
	// /grpc.testing.TestService/StreamingOutputCall
}
