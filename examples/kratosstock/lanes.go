package main

import (
	"context"
	"errors"
	"math"
	"net/http"
	"sync"
	"time"

	aegis "github.com/go-kratos/aegis/circuitbreaker"
	"github.com/go-kratos/kratos/v2/middleware"
	"github.com/go-kratos/kratos/v2/middleware/circuitbreaker"
	khttp "github.com/go-kratos/kratos/v2/transport/http"

	helloworldv1 "github.com/go-fusebox/fusebox/api/helloworld/v1"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/kratos"
)

// engine is what hystrix and sre have in common.
type engine interface {
	circuit.Acquirer
	circuit.Reporter
}

// ours is the middleware of this module.
func ours(b engine) middleware.Middleware {
	return kratos.Client(kratos.WithBreaker(func(string) circuit.Breaker { return b }))
}

// stock is Kratos' middleware, with its marks of refusals swallowed.
func stock(b engine) middleware.Middleware {
	return bare(circuit.MarksRefusals(b))
}

// bare is Kratos' middleware around a breaker as it is.
func bare(b circuit.Breaker) middleware.Middleware {
	return circuitbreaker.Client(circuitbreaker.WithCircuitBreaker(func() aegis.CircuitBreaker { return b }))
}

// lane is one client with its breaker, and what became of its calls.
type lane struct {
	name    string
	breaker engine
	client  *khttp.Client

	mu                      sync.Mutex
	passed, failed, refused int
	lastRefusal             time.Duration
	expected, variance      float64 // of refused, by the drop ratio before each call
}

func newLanes(ctx context.Context, h history, endpoint string, transport http.RoundTripper) ([]*lane, error) {
	var lanes []*lane
	for _, kind := range []struct {
		name  string
		guard func(engine) middleware.Middleware
	}{
		{"our middleware", ours},
		{"Kratos', around MarksRefusals", stock},
		{"Kratos', around the bare engine", func(b engine) middleware.Middleware { return bare(b) }},
	} {
		b, err := h.engine()
		if err != nil {
			return nil, err
		}
		c, err := khttp.NewClient(ctx, khttp.WithEndpoint(endpoint), khttp.WithTransport(transport), khttp.WithMiddleware(kind.guard(b)))
		if err != nil {
			return nil, err
		}
		lanes = append(lanes, &lane{name: kind.name, breaker: b, client: c})
	}
	return lanes, nil
}

// call makes one call and notes what became of it.
func (l *lane) call(ctx context.Context, at time.Duration) {
	drop := l.breaker.Snapshot().DropRatio
	err := l.client.Invoke(ctx, http.MethodGet, "/hello/kratos", nil, &helloworldv1.SayHelloResponse{},
		khttp.Operation(helloworldv1.Greeter_SayHello_FullMethodName))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expected += drop
	l.variance += drop * (1 - drop)
	switch {
	case err == nil:
		l.passed++
	case errors.Is(err, circuitbreaker.ErrNotAllowed): // of both middlewares
		l.refused++
		l.lastRefusal = max(l.lastRefusal, at)
	default:
		l.failed++
	}
}

// sigmas is how far the refusals of calls that came one by one are from the drop
// ratios, in standard deviations.
func (l *lane) sigmas() float64 {
	d := float64(l.refused) - l.expected
	if d == 0 {
		return 0
	}
	return d / math.Sqrt(l.variance)
}
