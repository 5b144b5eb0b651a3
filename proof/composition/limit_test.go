package composition_test

import (
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// bulkhead is one for each chain, or one for all, with a limit that is fixed or adaptive.
func (t *tape) bulkhead() wrap {
	config := bulkhead.Config{Max: oneOf(t, 1, 2, 5), Lifetime: oneOf(t, 30*ms, 10*time.Second)}
	create := func() bulkhead.Limit { return must(bulkhead.New(config)) }
	name := "bulkhead"
	if t.oneIn(3) {
		name = "adaptive bulkhead"
		create = func() bulkhead.Limit { return newAdaptive(config) }
	}
	shared, own := create(), t.oneIn(2)
	return wrap{name: name, most: config.Max, lifetime: config.Lifetime, put: func(c *chain, b circuit.Breaker) circuit.Breaker {
		if c.limit = shared; own {
			c.limit = create()
		}
		return bulkhead.Guard(b, c.limit)
	}}
}

// adaptive is a limit by failsafe-go's limiter.
type adaptive struct {
	bulkhead.Limit
	limiter adaptivelimiter.AdaptiveLimiter[any]
}

func newAdaptive(c bulkhead.Config) adaptive {
	limiter := adaptivelimiter.NewBuilder[any]().
		WithLimits(1, uint(c.Max), uint(c.Max)).WithRecentWindow(5*ms, 50*ms, 2).Build()
	return adaptive{must(circuitfailsafe.AdaptiveLimit(limiter, c.Lifetime)), limiter}
}

// Lifetime is what Guard asks for.
func (a adaptive) Lifetime() time.Duration {
	return a.Limit.(interface{ Lifetime() time.Duration }).Lifetime()
}

// Stats has the limiter's own view where it is worse.
func (a adaptive) Stats() bulkhead.Stats {
	s := a.Limit.Stats()
	s.InFlight = max(s.InFlight, a.limiter.Inflight())
	return s
}
