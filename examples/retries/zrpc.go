package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/zeromicro/go-zero/core/conf"
	"github.com/zeromicro/go-zero/zrpc"
	"google.golang.org/grpc"

	helloworldv1 "github.com/go-fusebox/fusebox/api/helloworld/v1"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/gozero"
)

var overZRPC = []way{
	{"zRPC, gRPC's retries below the breaker", dialZRPC(unbounded)},
	{"zRPC, gRPC's retries and budget below it", dialZRPC(bounded)},
}

// clientConf is a zRPC client's file, with go-zero's own breaker off.
const clientConf = `
Target: direct:///%s
Middlewares:
  Breaker: false
`

// dialZRPC takes the place of go-zero's service config, of which its balancer is a part.
func dialZRPC(serviceConfig string) func(string, *group.Group) (*client, error) {
	withBalancer := strings.Replace(serviceConfig, "{", `{"loadBalancingPolicy": "p2c_ewma",`, 1)
	return func(addr string, breakers *group.Group) (*client, error) {
		var c zrpc.RpcClientConf
		if err := conf.LoadFromYamlBytes(fmt.Appendf(nil, clientConf, addr), &c); err != nil {
			return nil, err
		}
		z, err := zrpc.NewClient(c,
			zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor(gozero.WithGroup(breakers))),
			zrpc.WithDialOption(grpc.WithDefaultServiceConfig(withBalancer)))
		if err != nil {
			return nil, err
		}
		g := helloworldv1.NewGreeterClient(z.Conn())
		return &client{
			hello: func(ctx context.Context, name string) error { return greet(ctx, g, name) },
			close: z.Conn().Close,
		}, nil
	}
}
