// Package guard is for those who write adapters: what every adapter of this
// module has behind its options.
//
// A [Guard] finds the breaker of a key, asks it, and judges the call. An adapter
// makes one when it is set up and uses it for every call:
//
//	permit, err := g.Acquire(key)
//	if err != nil {
//		g.Refused(ctx, key, err)
//		return refuse(err) // in the transport's own terms; nothing is marked
//	}
//	result := circuit.Result{Outcome: circuit.Failure} // stands if the call panics
//	defer func() { permit.End(result) }()
//	err = call(ctx)
//	result = circuit.ResultOf(ctx, err, g.Judge(ctx, err))
//
// With nothing set, each key has a breaker of package credit at its defaults.
package guard

import (
	"context"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/group"
)

// Config is what the common options of the adapters set. The zero Config is the
// default of them all.
type Config struct {
	// Group holds the breakers. Default: a new group of its own.
	Group *group.Group
	// Breaker makes the breaker of a key, where Group is not set. Default:
	// [DefaultBreaker].
	Breaker func(key string) circuit.Breaker
	// Classifier judges calls. Default: the adapter's own.
	Classifier circuit.Classifier
	// Observer hears of every state change in the group. Default: nobody.
	Observer circuit.Observer
	// Refused hears of every refused call, with its context, key and error, on the
	// goroutine of the call. It should return at once. Default: nobody.
	Refused RefusalObserver
}

// RefusalObserver is told of one refused call; err matches [circuit.ErrNotAllowed]. It
// is called by many goroutines at a time, and a panic in it reaches the caller.
type RefusalObserver func(ctx context.Context, key string, err error)

// DefaultBreaker is [credit.New] with the zero Config.
func DefaultBreaker(string) circuit.Breaker {
	b, err := credit.New(credit.Config{})
	if err != nil {
		panic("guard: the default of credit is not valid: " + err.Error())
	}
	return b
}

// Guard is made by [New]. It is safe for concurrent use.
type Guard struct {
	group    *group.Group
	classify circuit.Classifier
	refused  RefusalObserver
}

// New sets up a guard; classify is the adapter's own classifier.
func New(c Config, classify circuit.Classifier) *Guard {
	g := &Guard{group: c.Group, classify: classify, refused: c.Refused}
	if g.group == nil {
		factory := c.Breaker
		if factory == nil {
			factory = DefaultBreaker
		}
		g.group = group.New(factory)
	}
	if c.Classifier != nil {
		g.classify = c.Classifier
	}
	g.group.Observe(c.Observer)
	return g
}

// Breaker is the key's.
func (g *Guard) Breaker(key string) circuit.Breaker { return g.group.Get(key) }

// Ref is the key's place in the group, for adapters that keep it.
func (g *Guard) Ref(key string) *group.Ref { return g.group.Ref(key) }

// Acquire asks the key's breaker for one admission.
func (g *Guard) Acquire(key string) (circuit.Permit, error) {
	return circuit.Acquire(g.group.Get(key))
}

// Refused tells the observer of refusals. Adapters call it once for each call that they
// refuse.
func (g *Guard) Refused(ctx context.Context, key string, err error) {
	if g.refused != nil {
		g.refused(ctx, key, err)
	}
}

// Judge classifies a finished call.
func (g *Guard) Judge(ctx context.Context, err error) circuit.Outcome { return g.classify(ctx, err) }
