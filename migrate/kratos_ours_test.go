package migrate_test

import (
	"errors"

	acb "github.com/go-kratos/aegis/circuitbreaker"
	"github.com/go-kratos/kratos/v2/middleware"
	"github.com/go-kratos/kratos/v2/middleware/circuitbreaker"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/sre"
	"github.com/go-fusebox/fusebox/kratos"
)

type kratosOurs struct{}

// Another engine, which is back sooner after an outage, and another set of failures: 429, any 5xx but 501,
// and panics count, a caller's own cancel doesn't. Servers have `kratos.Server()`, streams interceptors of
// their own.
func (kratosOurs) Client() middleware.Middleware {
	return kratos.Client()
}

// 500, 503 and 504.
func (kratosOurs) Codes() middleware.Middleware {
	return kratos.Client(kratos.WithClassifier(kratos.KratosCodes))
}

// The factory gets the operation. `WithGroup` takes a group that you keep, to look into or to share.
func (kratosOurs) Breaker() middleware.Middleware {
	settings := sre.Aegis()
	settings.MinRequests = 20
	return kratos.Client(kratos.WithBreaker(
		func(operation string) circuit.Breaker {
			b, _ := sre.New(settings) // valid
			return b
		}))
}

// Kratos' middleware marks refused calls as failed; MarksRefusals swallows these marks.
func (kratosOurs) Stay() middleware.Middleware {
	return circuitbreaker.Client(circuitbreaker.WithCircuitBreaker(
		func() acb.CircuitBreaker {
			b, _ := credit.New(credit.Config{}) // valid
			return circuit.MarksRefusals(b)
		}))
}

// Kratos' own check still holds: 503, CIRCUITBREAKER. This one holds with every transport.
func (kratosOurs) Refused(err error) bool {
	return errors.Is(err, circuit.ErrNotAllowed)
}
