package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/zeromicro/go-zero/core/conf"
	"github.com/zeromicro/go-zero/zrpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	helloworldv1 "github.com/go-fusebox/fusebox/api/helloworld/v1"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/examples/internal/backend"
	"github.com/go-fusebox/fusebox/gozero"
)

// clientConf is a zRPC client's file, with go-zero's own breaker off.
const clientConf = `
Target: direct:///%s
Timeout: 5000
Middlewares:
  Breaker: false
`

// dial makes a zRPC client; with breakers, they are ours, in its interceptors.
func dial(addr string, breakers *group.Group) (zrpc.Client, error) {
	var c zrpc.RpcClientConf
	if err := conf.LoadFromYamlBytes(fmt.Appendf(nil, clientConf, addr), &c); err != nil {
		return nil, err
	}
	if breakers == nil {
		return zrpc.NewClient(c)
	}
	opts := []gozero.Option{gozero.WithGroup(breakers), gozero.WithClassifier(gozero.GoZeroCodes)}
	return zrpc.NewClient(c,
		zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor(opts...)),
		zrpc.WithStreamClientInterceptor(gozero.StreamClientInterceptor(opts...)))
}

// guard puts breakers into a zRPC server.
func guard(breakers *group.Group) func(*zrpc.RpcServer) {
	opts := []gozero.Option{gozero.WithGroup(breakers), gozero.WithClassifier(gozero.GoZeroCodes)}
	return func(s *zrpc.RpcServer) {
		s.AddUnaryInterceptors(gozero.UnaryServerInterceptor(opts...))
		s.AddStreamInterceptors(gozero.StreamServerInterceptor(opts...))
	}
}

// runZRPC tries all gRPC codes: with breakers in the client of a server that has
// none, and with a client that has none of a server with breakers. Empty addresses
// are free ports.
func runZRPC(ctx context.Context, plainAddr, guardedAddr string) ([]row, error) {
	ofClient, ofServer := newGroup(), newGroup()
	plain, err := backend.StartZRPC(plainAddr, nil)
	if err != nil {
		return nil, err
	}
	defer plain.Stop()
	guarded, err := backend.StartZRPC(guardedAddr, guard(ofServer)) //nolint:contextcheck // a server ends by Stop, not by a ctx
	if err != nil {
		return nil, err
	}
	defer guarded.Stop()

	guardedClient, err := dial(plain.Addr, ofClient)
	if err != nil {
		return nil, err
	}
	defer guardedClient.Conn().Close()
	plainClient, err := dial(guarded.Addr, nil)
	if err != nil {
		return nil, err
	}
	defer plainClient.Conn().Close()

	lanes := append(
		zrpcLanes("client", guardedClient, plain, ofClient),
		zrpcLanes("server", plainClient, guarded, ofServer)...)
	var rows []row
	for code := codes.OK; code <= codes.Unauthenticated; code++ {
		for _, l := range lanes {
			if l.failing.Heal(); code != codes.OK {
				l.failing.Fail(code)
			}
		}
		r, err := tryAll(ctx, code.String(), lanes)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func zrpcLanes(side string, client zrpc.Client, server *backend.Server, breakers *group.Group) []lane {
	greeter := helloworldv1.NewGreeterClient(client.Conn())
	healthy := func(ctx context.Context) error {
		_, err := greeter.SayGoodbye(ctx, &helloworldv1.SayGoodbyeRequest{Name: "go-zero"})
		return err
	}
	kind := func(err error) string { return status.Code(err).String() }
	unary := func(ctx context.Context) error {
		_, err := greeter.SayHello(ctx, &helloworldv1.SayHelloRequest{Name: "go-zero"})
		return err
	}
	stream := func(ctx context.Context) error {
		s, err := greeter.StreamHellos(ctx, &helloworldv1.StreamHellosRequest{Name: "go-zero", Count: 1})
		for err == nil {
			_, err = s.Recv()
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
	return []lane{
		{side + ", unary", breakers, &server.Hello, unary, healthy, kind},
		{side + ", stream", breakers, &server.Stream, stream, healthy, kind},
	}
}
