package migrate_test

import (
	"context"
	"time"

	"github.com/go-kratos/aegis/circuitbreaker"
	"github.com/go-kratos/aegis/circuitbreaker/sre"
)

type aegisTheirs struct{}

// A breaker at aegis' defaults.
func (aegisTheirs) Defaults() circuitbreaker.CircuitBreaker {
	return sre.NewBreaker()
}

// With settings.
func (aegisTheirs) Options() circuitbreaker.CircuitBreaker {
	return sre.NewBreaker(
		sre.WithSuccess(0.5),
		sre.WithRequest(20),
		sre.WithWindow(5*time.Second),
		sre.WithBucket(50))
}

// A call, as Kratos' middleware makes it.
func (aegisTheirs) Call(ctx context.Context, b circuitbreaker.CircuitBreaker, fetch func(context.Context) error) error {
	if err := b.Allow(); err != nil {
		b.MarkFailed()
		return err
	}
	err := fetch(ctx)
	if err != nil {
		b.MarkFailed()
	} else {
		b.MarkSuccess()
	}
	return err
}

// A call by the three methods.
func (aegisTheirs) Mark(ctx context.Context, b circuitbreaker.CircuitBreaker, fetch func(context.Context) error) error {
	if err := b.Allow(); err != nil {
		return err
	}
	if err := fetch(ctx); err != nil {
		b.MarkFailed()
		return err
	}
	b.MarkSuccess()
	return nil
}
