package kratos_test

import (
	"context"
	"testing"

	"github.com/go-kratos/kratos/v2/middleware"
	"github.com/go-kratos/kratos/v2/middleware/circuitbreaker"
	"github.com/go-kratos/kratos/v2/transport"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
	"github.com/go-fusebox/fusebox/kratos"
)

// Each middleware over a handler that does nothing: one goroutine, and as many as
// there are processors.
//
// "none" is the handler alone, "stock" Kratos' own middleware with its default
// breaker. "core" asks a group and a breaker that does nothing, with no middleware
// around; "fake" is our middleware with the same two: what it costs beyond "core" is
// the middleware's own.
func BenchmarkClient(b *testing.B) {
	ctx := transport.NewClientContext(context.Background(), &carrier{operation: opHello})
	for _, m := range []struct {
		name string
		m    middleware.Middleware
	}{
		{"none", func(next middleware.Handler) middleware.Handler { return next }},
		{"core", coreAlone},
		{"fake", kratos.Client(kratos.WithBreaker(fake))},
		{"stock", circuitbreaker.Client()},
		{"credit", kratos.Client()},
		{"sre", kratos.Client(kratos.WithBreaker(byTheBook))},
		{"sre-aegis", kratos.Client(kratos.WithBreaker(aegisLike))},
		{"hystrix", kratos.Client(kratos.WithBreaker(classic))},
	} {
		bench(ctx, b, m.name, m.m(answers))
	}
}

// A server asks the context of each call, which can be cancelled, for its end.
func BenchmarkServer(b *testing.B) {
	ctx, cancel := context.WithCancel(transport.NewServerContext(context.Background(), &carrier{operation: opHello}))
	defer cancel()
	for _, m := range []struct {
		name string
		m    middleware.Middleware
	}{
		{"none", func(next middleware.Handler) middleware.Handler { return next }},
		{"core", coreAlone},
		{"fake", kratos.Server(kratos.WithBreaker(fake))},
		{"credit", kratos.Server()},
	} {
		bench(ctx, b, m.name, m.m(answers))
	}
}

// Refused calls. The stock middleware has no way to be held open but by failures,
// of which it admits a few.
func BenchmarkClientRefused(b *testing.B) {
	fail := func(context.Context, any) (any, error) { return nil, errBroken }
	ctx := transport.NewClientContext(context.Background(), &carrier{operation: opHello})
	bench(ctx, b, "stock", circuitbreaker.Client()(fail))
	bench(ctx, b, "fake", kratos.Client(kratos.WithBreaker(refusing))(fail))
	bench(ctx, b, "hystrix", kratos.Client(kratos.WithBreaker(brittle))(fail))
}

func bench(ctx context.Context, b *testing.B, name string, handler middleware.Handler) {
	for range 1000 {
		_, _ = handler(ctx, nil)
	}
	b.Run(name+"/serial", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = handler(ctx, nil)
		}
	})
	b.Run(name+"/parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				_, _ = handler(ctx, nil)
			}
		})
	})
}

func coreAlone(next middleware.Handler) middleware.Handler {
	g := group.New(fake)
	return func(ctx context.Context, req any) (any, error) {
		permit, err := circuit.Acquire(g.Get(opHello))
		if err != nil {
			return nil, err
		}
		reply, err := next(ctx, req)
		permit.Success()
		return reply, err
	}
}

func answers(context.Context, any) (any, error) { return nil, nil }

func aegisLike(string) circuit.Breaker {
	b, err := sre.New(sre.Aegis())
	if err != nil {
		panic(err)
	}
	return b
}

func byTheBook(string) circuit.Breaker {
	b, err := sre.New(sre.Config{})
	if err != nil {
		panic(err)
	}
	return b
}

func classic(string) circuit.Breaker {
	b, err := hystrix.New(hystrix.Config{})
	if err != nil {
		panic(err)
	}
	return b
}

// fake admits all, and hands out permits as the engines do.
func fake(string) circuit.Breaker { return &faked{} }

// refusing is fake, but for refusing all.
func refusing(string) circuit.Breaker { return &faked{refusal: circuit.NewRefusal("fake", nil)} }

type faked struct{ refusal error }

func (f *faked) Allow() error { return f.refusal }
func (*faked) MarkSuccess()   {}
func (*faked) MarkFailed()    {}

func (f *faked) Acquire() (circuit.Permit, error) {
	if f.refusal != nil {
		return circuit.Permit{}, f.refusal
	}
	return circuit.NewPermit(f, 1), nil
}

func (*faked) Settle(uint64, circuit.Outcome) {}
