package migrate_test

import (
	"errors"

	acb "github.com/go-kratos/aegis/circuitbreaker"
	"github.com/go-kratos/aegis/circuitbreaker/sre"
	"github.com/go-kratos/kratos/v2/middleware"
	"github.com/go-kratos/kratos/v2/middleware/circuitbreaker"
)

type kratosTheirs struct{}

// A client's middleware.
func (kratosTheirs) Client() middleware.Middleware {
	return circuitbreaker.Client()
}

// The same errors count.
func (kratosTheirs) Codes() middleware.Middleware {
	return circuitbreaker.Client()
}

// With a breaker of one's own choice, for each operation.
func (kratosTheirs) Breaker() middleware.Middleware {
	return circuitbreaker.Client(circuitbreaker.WithCircuitBreaker(
		func() acb.CircuitBreaker {
			return sre.NewBreaker(sre.WithRequest(20))
		}))
}

// Stay with Kratos' middleware, and change the breaker alone.
func (kratosTheirs) Stay() middleware.Middleware {
	return circuitbreaker.Client(circuitbreaker.WithCircuitBreaker(
		func() acb.CircuitBreaker {
			return sre.NewBreaker()
		}))
}

// Is it a refusal?
func (kratosTheirs) Refused(err error) bool {
	return errors.Is(err, circuitbreaker.ErrNotAllowed)
}
