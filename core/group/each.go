package group

import (
	"slices"

	"github.com/go-fusebox/fusebox/core/circuit"
)

type visitor struct {
	visit func(key string, b circuit.Breaker)
}

// Each calls f for every breaker that the group holds, the overflow breaker included, and
// for each that it will make, before anybody gets that, until stop is called. A breaker
// that is made while Each begins may come twice. f may be called for several keys at
// once; a panic in it is contained. It must not get the key that it is called for, nor
// call Each or [Group.Reload], which wait for breakers in the making; nor may a factory
// call Each.
func (g *Group) Each(f func(key string, b circuit.Breaker)) (stop func()) {
	if f == nil {
		return func() {}
	}
	v := &visitor{f}
	g.mu.Lock()
	g.visitors = append(slices.Clip(g.visitors), v)
	g.mu.Unlock()
	for _, e := range append(g.entries(), g.overflow.Load()) {
		if b := e.settled(); b != nil {
			v.pass(e.key, b)
		}
	}
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.visitors = slices.DeleteFunc(slices.Clone(g.visitors), func(other *visitor) bool { return other == v })
	}
}

// show passes a new breaker to the visitors.
func (g *Group) show(key string, b circuit.Breaker) {
	g.mu.Lock()
	visitors := g.visitors
	g.mu.Unlock()
	for _, v := range visitors {
		v.pass(key, b)
	}
}

func (v *visitor) pass(key string, b circuit.Breaker) {
	defer func() { _ = recover() }()
	v.visit(key, b)
}
