package kratos_test

import (
	"github.com/go-kratos/kratos/v3/middleware"
	"github.com/go-kratos/kratos/v3/middleware/circuitbreaker"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// stock is Kratos' own middleware around breakers of ours.
func stock(breaker func() circuit.Breaker) middleware.Middleware {
	return circuitbreaker.Client(circuitbreaker.WithBreakerFactory(func() circuitbreaker.CircuitBreaker { return breaker() }))
}
