package main

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	helloworldv1 "github.com/go-fusebox/fusebox/api/helloworld/v1"
	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// retryPolicy has gRPC itself retry, below all interceptors.
const retryPolicy = `"methodConfig": [{
	"name": [{"service": "helloworld.v1.Greeter"}],
	"retryPolicy": {
		"maxAttempts": 3, "retryableStatusCodes": ["UNAVAILABLE"],
		"initialBackoff": "0.001s", "maxBackoff": "0.001s", "backoffMultiplier": 1
	}
}]`

// retryThrottling is a budget for those retries: each failed attempt takes a token of
// ten, each success gives a tenth of one back, and there are no retries while half of
// them are gone.
const retryThrottling = `"retryThrottling": {"maxTokens": 10, "tokenRatio": 0.1}`

const (
	unbounded = "{" + retryPolicy + "}"
	bounded   = "{" + retryPolicy + "," + retryThrottling + "}"
)

var overGRPC = []way{
	{"gRPC's retries, no breaker", dialGRPC(unbounded, nil)},
	{"gRPC's retries and budget, no breaker", dialGRPC(bounded, nil)},
	{"gRPC's retries below the breaker", dialGRPC(unbounded, breakerAlone)},
	{"gRPC's retries and budget below the breaker", dialGRPC(bounded, breakerAlone)},
	{"an interceptor that retries all, above it", dialGRPC("{}", func(g *group.Group) []grpc.UnaryClientInterceptor {
		return append([]grpc.UnaryClientInterceptor{retrying(unavailable)}, breakerAlone(g)...)
	})},
	{"an interceptor that stops at refusals, above it", dialGRPC("{}", func(g *group.Group) []grpc.UnaryClientInterceptor {
		return append([]grpc.UnaryClientInterceptor{retrying(unavailableThere)}, breakerAlone(g)...)
	})},
}

func breakerAlone(g *group.Group) []grpc.UnaryClientInterceptor {
	return []grpc.UnaryClientInterceptor{circuitgrpc.UnaryClientInterceptor(circuitgrpc.WithGroup(g))}
}

func dialGRPC(serviceConfig string, interceptors func(*group.Group) []grpc.UnaryClientInterceptor) func(string, *group.Group) (*client, error) {
	return func(addr string, breakers *group.Group) (*client, error) {
		opts := []grpc.DialOption{
			grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultServiceConfig(serviceConfig),
		}
		if interceptors != nil {
			opts = append(opts, grpc.WithChainUnaryInterceptor(interceptors(breakers)...))
		}
		conn, err := grpc.NewClient(addr, opts...)
		if err != nil {
			return nil, fmt.Errorf("dial: %w", err)
		}
		g := helloworldv1.NewGreeterClient(conn)
		return &client{
			hello: func(ctx context.Context, name string) error { return greet(ctx, g, name) },
			close: conn.Close,
		}, nil
	}
}

// unavailable is what most retrying interceptors go by. A refusal is Unavailable, too.
func unavailable(err error) bool { return status.Code(err) == codes.Unavailable }

// unavailableThere is unavailable, but for refusals of this side.
func unavailableThere(err error) bool {
	return unavailable(err) && !errors.Is(err, circuit.ErrNotAllowed)
}

// retrying is a retrying interceptor in its shortest form, without a backoff.
func retrying(again func(error) bool) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		err := invoke(ctx, method, req, reply, cc, opts...)
		for n := 1; n < attempts && err != nil && again(err); n++ {
			err = invoke(ctx, method, req, reply, cc, opts...)
		}
		return err
	}
}
