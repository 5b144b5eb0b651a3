package circuitgrpc_test

import (
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/go-fusebox/fusebox/circuitgrpc"
)

// The README shows this.
func Example_readme() {
	conn, err := grpc.NewClient("localhost:9000",
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithChainUnaryInterceptor(circuitgrpc.UnaryClientInterceptor()),
		grpc.WithChainStreamInterceptor(circuitgrpc.StreamClientInterceptor()))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()

	server := grpc.NewServer(
		grpc.ChainUnaryInterceptor(circuitgrpc.UnaryServerInterceptor()),
		grpc.ChainStreamInterceptor(circuitgrpc.StreamServerInterceptor()))
	defer server.Stop()
	// Output:
}
