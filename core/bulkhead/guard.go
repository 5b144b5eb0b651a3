package bulkhead

import (
	"github.com/go-fusebox/fusebox/core/circuit"
)

// Guard is b with a limit on its calls in flight. The breaker that it returns is a
// [circuit.Acquirer], and a [circuit.Unwrapper], so that [circuit.As] finds the rest in b.
// A nil b is [circuit.Disabled]; a nil l limits nothing, and leaves b as it is.
func Guard(b circuit.Breaker, l Limit) circuit.Breaker {
	if b == nil {
		b = circuit.Disabled{}
	}
	if l == nil {
		return b
	}
	return &guard{breaker: b, limit: l}
}

type guard struct {
	breaker circuit.Breaker
	limit   Limit
	bare    bareCalls
}

var _ interface {
	circuit.Acquirer
	circuit.Unwrapper
} = (*guard)(nil)

// Unwrap is the breaker without the limit.
func (g *guard) Unwrap() circuit.Breaker { return g.breaker }

// Acquire is [circuit.Acquirer]'s.
func (g *guard) Acquire() (circuit.Permit, error) {
	admitted, err := circuit.Acquire(g.breaker)
	if err != nil {
		return circuit.Permit{}, err
	}
	place, err := g.limit.Acquire()
	if err == nil {
		return both(admitted, place), nil
	}
	admitted.End(circuit.Result{Outcome: circuit.Ignored, Kind: circuit.KindConcurrencyReject})
	return circuit.Permit{}, err
}

// Allow is [circuit.Breaker]'s. The limit is asked first: an admission by Allow can't be
// given back.
func (g *guard) Allow() error {
	place, err := g.limit.Acquire()
	if err != nil {
		return err
	}
	refused := true // also when a foreign breaker panics
	defer func() {
		if refused {
			place.Ignore()
		}
	}()
	if err := g.breaker.Allow(); err != nil {
		return err
	}
	refused = false
	g.bare.add(place, lifetime(g.limit))
	return nil
}

// MarkSuccess is [circuit.Breaker]'s.
func (g *guard) MarkSuccess() {
	defer g.bare.oldest().Success()
	g.breaker.MarkSuccess()
}

// MarkFailed is [circuit.Breaker]'s.
func (g *guard) MarkFailed() {
	defer g.bare.oldest().Failure()
	g.breaker.MarkFailed()
}
