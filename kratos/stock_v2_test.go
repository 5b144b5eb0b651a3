package kratos_test

import (
	aegis "github.com/go-kratos/aegis/circuitbreaker"

	"github.com/go-kratos/kratos/v2/middleware"
	"github.com/go-kratos/kratos/v2/middleware/circuitbreaker"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// stock is Kratos' own middleware around breakers of ours.
func stock(breaker func() circuit.Breaker) middleware.Middleware {
	return circuitbreaker.Client(circuitbreaker.WithCircuitBreaker(func() aegis.CircuitBreaker { return breaker() }))
}
