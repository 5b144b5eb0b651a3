package kratos_test

import (
	"context"
	"testing"

	"github.com/go-kratos/kratos/v2/middleware"
	"github.com/go-kratos/kratos/v2/middleware/circuitbreaker"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
	"github.com/go-fusebox/fusebox/kratos"
)

// Each middleware over a handler that does nothing: one goroutine, and as many as
// there are processors. "stock" is Kratos' own with its default breaker.
func BenchmarkClient(b *testing.B) {
	aegisLike := func(string) circuit.Breaker {
		breaker, err := sre.New(sre.Aegis())
		if err != nil {
			b.Fatal(err)
		}
		return breaker
	}
	byTheBook := func(string) circuit.Breaker {
		breaker, err := sre.New(sre.Config{})
		if err != nil {
			b.Fatal(err)
		}
		return breaker
	}
	classic := func(string) circuit.Breaker {
		breaker, err := hystrix.New(hystrix.Config{})
		if err != nil {
			b.Fatal(err)
		}
		return breaker
	}
	none := func(next middleware.Handler) middleware.Handler { return next }
	for _, m := range []struct {
		name string
		m    middleware.Middleware
	}{
		{"none", none},
		{"stock", circuitbreaker.Client()},
		{"credit", kratos.Client()},
		{"sre", kratos.Client(kratos.WithBreaker(byTheBook))},
		{"sre-aegis", kratos.Client(kratos.WithBreaker(aegisLike))},
		{"hystrix", kratos.Client(kratos.WithBreaker(classic))},
	} {
		bench(b, m.name, m.m(func(context.Context, any) (any, error) { return nil, nil }))
	}
}

// Refused calls. The stock middleware has no way to be held open but by failures,
// of which it admits a few.
func BenchmarkClientRefused(b *testing.B) {
	fail := func(context.Context, any) (any, error) { return nil, errBroken }
	bench(b, "stock", circuitbreaker.Client()(fail))
	bench(b, "hystrix", kratos.Client(kratos.WithBreaker(brittle))(fail))
}

func bench(b *testing.B, name string, handler middleware.Handler) {
	ctx := calling(context.Background(), opHello)
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
