package migrate_test

import (
	"context"
	"errors"
	"net/http"

	"github.com/zeromicro/go-zero/core/breaker"
	"github.com/zeromicro/go-zero/rest"
	"github.com/zeromicro/go-zero/rest/httpc"
	"github.com/zeromicro/go-zero/zrpc"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
	"github.com/go-fusebox/fusebox/gozero"
)

type goZeroOurs struct{}

// A call that its caller cancels counts neither way; with go-zero's own it is a failure here and a success in
// zRPC. A panic counts as a failure and goes on, in both.
func (goZeroOurs) Do(ctx context.Context, breakers *group.Group, name string, fetch func(context.Context) error) error {
	return circuit.Do(ctx, breakers.Get(name), fetch)
}

// Success, Failure, Overload or Ignored, by error and context.
func (goZeroOurs) DoWithAcceptable(ctx context.Context, b circuit.Breaker, fetch func(context.Context) error) error {
	return circuit.Do(ctx, b, fetch, circuit.WithClassifier(func(
		ctx context.Context, err error,
	) circuit.Outcome {
		if errors.Is(err, errNotFound) {
			return circuit.Success
		}
		return circuit.DefaultClassifier(ctx, err)
	}))
}

// Ours answers for failed calls as well, theirs for refused ones alone: hence the condition.
func (goZeroOurs) DoWithFallback(ctx context.Context, b circuit.Breaker, fetch func(context.Context) error, cached func() error) error {
	return circuit.Do(ctx, b, fetch, circuit.WithFallback(func(
		_ context.Context, err error,
	) error {
		if errors.Is(err, circuit.ErrNotAllowed) {
			return cached()
		}
		return err
	}))
}

// A group of your own in place of a registry of the process: it makes a breaker per name, 10,000 at most.
// `guard.DefaultBreaker` makes those of core/credit, the default of our adapters.
func (goZeroOurs) GetBreaker(name string) (*group.Group, circuit.Breaker) {
	breakers := group.New(guard.DefaultBreaker)
	return breakers, breakers.Get(name)
}

// At the group's making; at run time `Override(circuit.ForceClose, d)` of a breaker, or a rule `enabled:
// false`.
func (goZeroOurs) NoBreakerFor(name string) *group.Group {
	return group.New(guard.DefaultBreaker, group.WithOverride(name,
		func(string) circuit.Breaker {
			return circuit.Disabled{}
		}))
}

// go-zero's interface around any breaker of ours. Settings are yours to choose, where go-zero's can't be set.
// `sre.GoZero()` has the same ones, but doesn't weigh the latest buckets: as few calls reach a failing
// callee, and after an outage it refuses for longer.
func (goZeroOurs) NewBreaker() (breaker.Breaker, error) {
	b, err := credit.New(credit.Config{})
	return gozero.NewBreaker("users", b), err
}

// A permit that is never settled expires.
func (goZeroOurs) Allow(ctx context.Context, b circuit.Acquirer, fetch func(context.Context) error) error {
	permit, err := b.Acquire()
	if err != nil {
		return err
	}
	err = fetch(ctx)
	permit.Done(circuit.DefaultClassifier(ctx, err))
	return err
}

// Refusals by package gozero match both.
func (goZeroOurs) Refused(err error) bool {
	return errors.Is(err, circuit.ErrNotAllowed)
}

// The switch also stands in the YAML: `Middlewares: {Breaker: false}`. gRPC's Unknown, a handler's plain
// error, is a failure to ours and a success to theirs, and Unimplemented the other way round;
// `gozero.WithClassifier(gozero.GoZeroCodes)` keeps their codes. Streams are guarded by `gozero.StreamClientInterceptor()`.
func (goZeroOurs) Client(c zrpc.RpcClientConf) zrpc.Client {
	c.Middlewares.Breaker = false
	return zrpc.MustNewClient(c,
		zrpc.WithUnaryClientInterceptor(
			gozero.UnaryClientInterceptor()))
}

// The same switch, codes, and `gozero.StreamServerInterceptor()`. A refusal is gRPC's Unavailable, in both.
func (goZeroOurs) Server(c zrpc.RpcServerConf, register func(s registrar)) *zrpc.RpcServer {
	c.Middlewares.Breaker = false
	s := zrpc.MustNewServer(c, register)
	s.AddUnaryInterceptors(gozero.UnaryServerInterceptor())
	return s
}

// One breaker per route, in both. 429 counts, too, and 501 doesn't. A refusal is a 503, with Retry-After where that is known.
func (goZeroOurs) REST(c rest.RestConf) *rest.Server {
	c.Middlewares.Breaker = false
	s := rest.MustNewServer(c)
	s.Use(gozero.Middleware())
	return s
}

// One breaker per host, not per name. 429 counts, too, and 501 doesn't.
func (goZeroOurs) HTTPC() httpc.Service {
	breaker.NoBreakerFor("users")
	return httpc.NewServiceWithClient("users",
		&http.Client{Transport: gozero.NewTransport(nil)})
}
