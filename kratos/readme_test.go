package kratos_test

import (
	"context"
	"fmt"

	kgrpc "github.com/go-kratos/kratos/v2/transport/grpc"

	"github.com/go-fusebox/fusebox/kratos"
)

// The README shows this.
func Example_readme() {
	conn, err := kgrpc.DialInsecure(context.Background(),
		kgrpc.WithEndpoint("127.0.0.1:9000"),
		kgrpc.WithMiddleware(kratos.Client()))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()
	// Output:
}
