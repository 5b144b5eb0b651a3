package main

import (
	"context"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/go-kratos/kratos/v2/middleware"
	kgrpc "github.com/go-kratos/kratos/v2/transport/grpc"

	helloworldv1 "github.com/go-fusebox/fusebox/api/helloworld/v1"
	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/kratos"
)

var overKratos = []way{
	{"Kratos, a retry of all around the breaker", dialKratos(func(breaker middleware.Middleware) []middleware.Middleware {
		return []middleware.Middleware{retry(retrypolicy.NewBuilder[any]()), breaker}
	})},
	{"Kratos, circuitfailsafe's around the breaker", dialKratos(func(breaker middleware.Middleware) []middleware.Middleware {
		return []middleware.Middleware{retry(circuitfailsafe.NewRetryPolicyBuilder[any]()), breaker}
	})},
	{"Kratos, the same inside the breaker", dialKratos(func(breaker middleware.Middleware) []middleware.Middleware {
		return []middleware.Middleware{breaker, retry(circuitfailsafe.NewRetryPolicyBuilder[any]())}
	})},
	{"Kratos, the same inside it, with a budget", dialKratos(func(breaker middleware.Middleware) []middleware.Middleware {
		return []middleware.Middleware{breaker, retry(newBudget(10, 0.1).bound(circuitfailsafe.NewRetryPolicyBuilder[any]()))}
	})},
}

// retry is a Kratos middleware that retries by a policy of failsafe-go. Where it stands in
// the chain decides what the breaker judges: each attempt if it is around the breaker, the
// call as a whole if it is inside.
func retry(policy retrypolicy.Builder[any]) middleware.Middleware {
	executor := failsafe.With(policy.WithMaxAttempts(attempts).ReturnLastFailure().Build())
	return func(next middleware.Handler) middleware.Handler {
		return func(ctx context.Context, req any) (any, error) {
			return executor.WithContext(ctx).GetWithExecution(func(e failsafe.Execution[any]) (any, error) { //nolint:contextcheck // it has one, made from ctx
				return next(e.Context(), req)
			})
		}
	}
}

func dialKratos(chain func(breaker middleware.Middleware) []middleware.Middleware) func(string, *group.Group) (*client, error) {
	return func(addr string, breakers *group.Group) (*client, error) {
		conn, err := kgrpc.DialInsecure(context.Background(), kgrpc.WithEndpoint(addr),
			kgrpc.WithMiddleware(chain(kratos.Client(kratos.WithGroup(breakers)))...))
		if err != nil {
			return nil, err
		}
		g := helloworldv1.NewGreeterClient(conn)
		return &client{
			hello: func(ctx context.Context, name string) error { return greet(ctx, g, name) },
			close: conn.Close,
		}, nil
	}
}
