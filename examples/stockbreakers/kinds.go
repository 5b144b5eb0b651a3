package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/go-kratos/kratos/v2/middleware"
	"github.com/go-kratos/kratos/v2/middleware/circuitbreaker"
	khttp "github.com/go-kratos/kratos/v2/transport/http"
	"github.com/zeromicro/go-zero/core/breaker"
	"github.com/zeromicro/go-zero/rest/httpc"

	"github.com/go-fusebox/fusebox/gozero"
	"github.com/go-fusebox/fusebox/kratos"
)

// caller makes one call of a client.
type caller func(ctx context.Context) error

// kind is a client of a framework with one of the breakers, none of which has an
// option set.
type kind struct {
	name string
	dial func(context.Context, *backend) (caller, error)
}

var kinds = []kind{
	{"Kratos' own", func(ctx context.Context, b *backend) (caller, error) {
		return dialKratos(ctx, b, circuitbreaker.Client())
	}},
	{"ours in Kratos", func(ctx context.Context, b *backend) (caller, error) {
		return dialKratos(ctx, b, kratos.Client())
	}},
	{"go-zero's own", func(_ context.Context, b *backend) (caller, error) {
		return dialHTTPC(newName(), b), nil
	}},
	{"ours in go-zero", func(_ context.Context, b *backend) (caller, error) {
		name := newName()
		breaker.NoBreakerFor(name)
		return dialHTTPC(name, gozero.NewTransport(b)), nil
	}},
}

var names atomic.Int64

// newName is that of an httpc service. Two services of one name would share a
// breaker of go-zero's.
func newName() string { return fmt.Sprintf("service %d", names.Add(1)) }

func dialKratos(ctx context.Context, b *backend, m middleware.Middleware) (caller, error) {
	c, err := khttp.NewClient(ctx, khttp.WithEndpoint("backend:80"), khttp.WithTransport(b), khttp.WithMiddleware(m))
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		return c.Invoke(ctx, http.MethodGet, "/", nil, &struct{}{})
	}, nil
}

func dialHTTPC(name string, transport http.RoundTripper) caller {
	service := httpc.NewServiceWithClient(name, &http.Client{Transport: transport})
	return func(ctx context.Context) error {
		resp, err := service.Do(ctx, http.MethodGet, "http://backend/", nil)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("status %d", resp.StatusCode)
		}
		return nil
	}
}

// refused reports whether err is a breaker's: ours look like those of the framework.
func refused(err error) bool {
	return errors.Is(err, circuitbreaker.ErrNotAllowed) || errors.Is(err, breaker.ErrServiceUnavailable)
}
