package group

import (
	"slices"
	"sync/atomic"

	"github.com/go-fusebox/fusebox/core/circuit"
)

type observer struct {
	tell    circuit.Observer
	stopped atomic.Bool
}

// Observe tells o of the state changes of every breaker that the group holds or
// will make, each event with its key, until stop is called. Events of one
// breaker come in order and one at a time, those of two may come at once.
// A breaker that was evicted or removed is followed no longer. Breakers that are
// not [circuit.Observable] tell nothing.
func (g *Group) Observe(o circuit.Observer) (stop func()) {
	if o == nil {
		return func() {}
	}
	obs := &observer{tell: o}
	g.mu.Lock()
	g.observers = append(slices.Clip(g.observers), obs)
	g.mu.Unlock()
	return func() {
		obs.stopped.Store(true)
		g.mu.Lock()
		defer g.mu.Unlock()
		g.observers = slices.DeleteFunc(slices.Clone(g.observers), func(other *observer) bool { return other == obs })
	}
}

// follow has the events of b, which is e's, passed to whoever observes the group
// when they come, for as long as e is in the group.
func (g *Group) follow(e *entry, b circuit.Breaker) {
	observable, ok := circuit.As[circuit.Observable](b)
	if !ok {
		return
	}
	stop := observable.Observe(func(event circuit.Event) {
		event.Key = e.key
		g.mu.Lock()
		observers := g.observers
		g.mu.Unlock()
		for _, o := range observers {
			o.pass(event)
		}
	})
	g.mu.Lock()
	e.stop = stop
	gone := e.gone // removed while its breaker was made
	g.mu.Unlock()
	if gone {
		stop()
	}
}

// pass contains a panic, so that the next observer still hears of e.
func (o *observer) pass(e circuit.Event) {
	if o.stopped.Load() {
		return
	}
	defer func() { _ = recover() }()
	o.tell(e)
}
