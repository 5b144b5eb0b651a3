package group

import "github.com/go-fusebox/fusebox/core/circuit"

// Reload has breakers made by factory from now on, and then asks keep about each that
// is there. One for which it reports false is removed, so that the next Get of its key
// makes a new one; one that stays, which keep may have changed, is taken for what
// factory would make of it, its base mode included. Keys of [WithOverride] are left
// alone. No breaker of the former factory is missed, not even one that is being made;
// one of the new factory may be asked about, too. Calls of Reload wait for each other;
// keep must not call it, nor may a factory, nor who observes what keep changes. A nil
// factory is that of [New]; a nil keep keeps nothing.
func (g *Group) Reload(factory func(key string) circuit.Breaker, keep func(key string, b circuit.Breaker) bool) {
	g.reloading.Lock()
	defer g.reloading.Unlock()
	if factory == nil {
		factory = unguarded
	}
	g.factory.Store(&factory)
	for _, e := range append(g.entries(), g.overflow.Load()) {
		b := e.settled()
		if _, own := g.overrides[e.key]; own || b == nil {
			continue
		}
		if keep != nil && keep(e.key, b) {
			e.configured(b)
		} else {
			g.drop(e)
		}
	}
}

// settled is e's breaker, once nobody is making it; nil if there is none.
func (e *entry) settled() circuit.Breaker {
	e.making.Lock()
	defer e.making.Unlock()
	return e.breaker()
}
