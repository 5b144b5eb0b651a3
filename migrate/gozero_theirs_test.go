package migrate_test

import (
	"context"
	"errors"

	"github.com/zeromicro/go-zero/core/breaker"
	"github.com/zeromicro/go-zero/rest"
	"github.com/zeromicro/go-zero/rest/httpc"
	"github.com/zeromicro/go-zero/zrpc"
)

type goZeroTheirs struct{}

// A call by name.
func (goZeroTheirs) Do(ctx context.Context, name string, fetch func(context.Context) error) error {
	return breaker.DoCtx(ctx, name, func() error {
		return fetch(ctx)
	})
}

// Errors that are no failures.
func (goZeroTheirs) DoWithAcceptable(ctx context.Context, name string, fetch func(context.Context) error) error {
	return breaker.DoWithAcceptableCtx(ctx, name,
		func() error { return fetch(ctx) },
		func(err error) bool {
			return err == nil || errors.Is(err, errNotFound)
		})
}

// A fallback for refused calls.
func (goZeroTheirs) DoWithFallback(ctx context.Context, name string, fetch func(context.Context) error, cached func() error) error {
	return breaker.DoWithFallbackCtx(ctx, name,
		func() error { return fetch(ctx) },
		func(error) error { return cached() })
}

// The breaker of a name.
func (goZeroTheirs) GetBreaker(name string) breaker.Breaker {
	return breaker.GetBreaker(name)
}

// No breaker for a name.
func (goZeroTheirs) NoBreakerFor(name string) {
	breaker.NoBreakerFor(name)
}

// A breaker by itself.
func (goZeroTheirs) NewBreaker() breaker.Breaker {
	return breaker.NewBreaker(breaker.WithName("users"))
}

// A promise.
func (goZeroTheirs) Allow(ctx context.Context, b breaker.Breaker, fetch func(context.Context) error) error {
	promise, err := b.AllowCtx(ctx)
	if err != nil {
		return err
	}
	if err := fetch(ctx); err != nil {
		promise.Reject(err.Error())
		return err
	}
	promise.Accept()
	return nil
}

// Is it a refusal?
func (goZeroTheirs) Refused(err error) bool {
	return errors.Is(err, breaker.ErrServiceUnavailable)
}

// A zRPC client.
func (goZeroTheirs) Client(c zrpc.RpcClientConf) zrpc.Client {
	return zrpc.MustNewClient(c)
}

// A zRPC server.
func (goZeroTheirs) Server(c zrpc.RpcServerConf, register func(s registrar)) *zrpc.RpcServer {
	return zrpc.MustNewServer(c, register)
}

// A REST server.
func (goZeroTheirs) REST(c rest.RestConf) *rest.Server {
	return rest.MustNewServer(c)
}

// An httpc client.
func (goZeroTheirs) HTTPC() httpc.Service {
	return httpc.NewService("users")
}
