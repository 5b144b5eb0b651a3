package main

import (
	"context"
	"net/http"

	"github.com/go-kratos/kratos/v2/middleware"
	kgrpc "github.com/go-kratos/kratos/v2/transport/grpc"
	khttp "github.com/go-kratos/kratos/v2/transport/http"

	helloworldv1 "github.com/go-fusebox/fusebox/api/helloworld/v1"
)

// client is what both transports come to.
type client struct {
	hello, goodbye func(ctx context.Context) error
	close          func() error
}

// dialer makes a client with a middleware.
type dialer func(ctx context.Context, addr string, m middleware.Middleware) (*client, error)

// dialHTTP names the operation of each call, as Kratos' generated clients do;
// without the name it would be the path.
func dialHTTP(ctx context.Context, addr string, m middleware.Middleware) (*client, error) {
	c, err := khttp.NewClient(ctx, khttp.WithEndpoint(addr), khttp.WithMiddleware(m))
	if err != nil {
		return nil, err
	}
	return &client{
		hello: func(ctx context.Context) error {
			return c.Invoke(ctx, http.MethodGet, "/hello/kratos", nil, &helloworldv1.SayHelloResponse{},
				khttp.Operation(helloworldv1.Greeter_SayHello_FullMethodName))
		},
		goodbye: func(ctx context.Context) error {
			return c.Invoke(ctx, http.MethodGet, "/goodbye/kratos", nil, &helloworldv1.SayGoodbyeResponse{},
				khttp.Operation(helloworldv1.Greeter_SayGoodbye_FullMethodName))
		},
		close: c.Close,
	}, nil
}

func dialGRPC(ctx context.Context, addr string, m middleware.Middleware) (*client, error) {
	conn, err := kgrpc.DialInsecure(ctx, kgrpc.WithEndpoint(addr), kgrpc.WithMiddleware(m))
	if err != nil {
		return nil, err
	}
	greeter := helloworldv1.NewGreeterClient(conn)
	return &client{
		hello: func(ctx context.Context) error {
			_, err := greeter.SayHello(ctx, &helloworldv1.SayHelloRequest{Name: "kratos"})
			return err
		},
		goodbye: func(ctx context.Context) error {
			_, err := greeter.SayGoodbye(ctx, &helloworldv1.SayGoodbyeRequest{Name: "kratos"})
			return err
		},
		close: conn.Close,
	}, nil
}
