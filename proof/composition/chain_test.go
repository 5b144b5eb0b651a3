package composition_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/failsafe-go/failsafe-go"

	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// chain is an engine and what is around it, with spies in between.
type chain struct {
	engine engine
	model  model
	spies  []*spy // from the engine on
	top    circuit.Breaker
	marks  circuit.Breaker // top, for those who mark refusals
	limit  bulkhead.Limit  // nil if none

	// By the layer, under its lock.
	calls                      uint64    // of the layer
	entered                    uint64    // calls of what it guards
	at, most                   int       // such calls at once
	thrown, passed, thrownLate uint64    // panics of what it guards, of the layer, and those that came too late
	definite                   [4]uint64 // outcomes that can't be others, by the world's own judgement
	unsure                     uint64
	went                       uint64 // past the breaker, in failsafe-go
	executor                   failsafe.Executor[any]
	command                    *command // if that is what the layer is of
	check                      func()   // the layer's own, in the end

	// By the history.
	direct uint64 // permits that it took past all layers
	shut   uint64 // those that it was refused
	full   uint64 // of these, for want of a place
	gone   uint64 // those that it lost
}

// wrap is something around a breaker.
type wrap struct {
	name     string
	put      func(c *chain, b circuit.Breaker) circuit.Breaker
	bare     bool
	most     int // calls in flight that are younger than lifetime; 0 for any number
	lifetime time.Duration
}

// bare is a breaker of somebody else, that knows no permits.
type bare struct{ inner circuit.Breaker }

func (b bare) Allow() error            { return b.inner.Allow() }
func (b bare) MarkSuccess()            { b.inner.MarkSuccess() }
func (b bare) MarkFailed()             { b.inner.MarkFailed() }
func (b bare) Unwrap() circuit.Breaker { return b.inner }

// wraps are in any order, but for one: marks of refusals come from the caller or not at all,
// so that nothing which passes Allow on may be around the wrapper that awaits them.
func (t *tape) wraps(anonymous bool) (ws []wrap) {
	if t.oneIn(3) {
		ws = append(ws, wrap{name: "bare", bare: true, put: func(_ *chain, b circuit.Breaker) circuit.Breaker { return bare{b} }})
	}
	if t.oneIn(3) && !anonymous {
		ws = append(ws, wrap{name: "marks refusals", put: func(_ *chain, b circuit.Breaker) circuit.Breaker { return circuit.MarksRefusals(b) }})
	}
	if t.oneIn(2) {
		ws = slices.Insert(ws, t.below(len(ws)+1), t.bulkhead())
	}
	return ws
}

// recipe is how a chain is made; the factory of a group uses it for every key.
type recipe struct {
	model
	wraps []wrap
}

func (t *tape) recipe(anonymous bool) recipe {
	return recipe{model: t.model(), wraps: t.wraps(anonymous)}
}

func (w *world) chain(l *layer, name string, r recipe) *chain {
	c := &chain{engine: w.engine(r.model), model: r.model}
	if w.fault.engine != nil {
		c.engine = w.fault.engine(c.engine)
	}
	c.engine.CountAdmissions()
	c.top = c.engine
	c.spy(w, name+": engine", wrap{})
	for _, wrap := range slices.Concat(r.wraps, w.fault.wraps) {
		c.top = wrap.put(c, c.top)
		c.spy(w, fmt.Sprintf("%s: %s", name, wrap.name), wrap)
	}
	if l.fit != nil {
		l.fit(c)
	}
	c.marks = circuit.MarksRefusals(c.top)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.chains = append(w.chains, c)
	return c
}

func (c *chain) spy(w *world, name string, of wrap) {
	s := &spy{Breaker: c.top, w: w, name: name, wrap: of}
	c.spies, c.top = append(c.spies, s), s
}

// outermost is the spy that the layer uses.
func (c *chain) outermost() *spy { return c.spies[len(c.spies)-1] }
