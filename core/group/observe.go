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
// Breakers that are not [circuit.Observable] tell nothing.
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

// follow has b's events passed to whoever observes the group when they come.
func (g *Group) follow(key string, b circuit.Breaker) {
	observable, ok := circuit.As[circuit.Observable](b)
	if !ok {
		return
	}
	observable.Observe(func(e circuit.Event) {
		e.Key = key
		g.mu.Lock()
		observers := g.observers
		g.mu.Unlock()
		for _, o := range observers {
			o.pass(e)
		}
	})
}

// pass contains a panic, so that the next observer still hears of e.
func (o *observer) pass(e circuit.Event) {
	if o.stopped.Load() {
		return
	}
	defer func() { _ = recover() }()
	o.tell(e)
}
