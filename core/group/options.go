package group

import "github.com/go-fusebox/fusebox/core/circuit"

// Option changes a group at its making.
type Option func(*Group)

// WithCap bounds the number of keys, the overflow breaker not counted. An n
// below 1 is taken for [DefaultCap].
func WithCap(n int) Option {
	return func(g *Group) {
		if n >= 1 {
			g.cap = n
		}
	}
}

// WithOverride makes the breaker of one key by a factory of its own. A nil one
// changes nothing.
func WithOverride(key string, factory func(key string) circuit.Breaker) Option {
	return func(g *Group) {
		if factory != nil {
			g.overrides[key] = factory
		}
	}
}

// WithWrapper puts what wrap returns around each breaker that the group makes, whichever
// factory made it, after a [Group.Reload] too: such as a limit of bulkhead.Guard. What it
// returns should be a [circuit.Unwrapper]. A key that is unguarded gets no wrapper. Of
// several the last one is outermost; one that returns nil leaves the breaker as it is, and
// so does a nil wrap.
func WithWrapper(wrap func(key string, b circuit.Breaker) circuit.Breaker) Option {
	return func(g *Group) {
		if wrap != nil {
			g.wrappers = append(g.wrappers, wrap)
		}
	}
}

// WithObserver tells o of the state changes of every breaker, by [Group.Observe].
func WithObserver(o circuit.Observer) Option {
	return func(g *Group) { g.Observe(o) }
}
