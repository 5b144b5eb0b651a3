package rules

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// override is what an operator laid over the mode of a breaker that is to be replaced.
type override struct {
	key  string
	mode circuit.Mode
	ends time.Time // zero if at no time
}

// overrideOf is b's, if it has one.
func overrideOf(key string, b circuit.Breaker) (o override, ok bool) {
	r, ok := circuit.As[circuit.Reporter](b)
	if !ok {
		return override{}, false
	}
	s := r.Snapshot()
	return override{key, s.Mode, s.ModeEnds}, s.Mode != s.BaseMode || !s.ModeEnds.IsZero()
}

// lay lays it over the mode of the breaker that has taken the place, for the rest of its
// time.
func (o override) lay(g *group.Group) {
	var rest time.Duration
	if !o.ends.IsZero() {
		if rest = time.Until(o.ends); rest <= 0 {
			return
		}
	}
	if setter, ok := circuit.As[circuit.ModeSetter](g.Get(o.key)); ok {
		_ = setter.Override(o.mode, rest) // which was good for the other one
	}
}
