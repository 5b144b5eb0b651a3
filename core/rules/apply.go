package rules

import (
	"fmt"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// Changes counts what [Rules.Apply] did, by breaker.
type Changes struct {
	Kept     int `json:"kept"`     // were as the rules say, and were not touched
	Updated  int `json:"updated"`  // have new settings or a new base mode
	Replaced int `json:"replaced"` // were removed; the next Get makes a new one
}

// String is such as "9 kept, 2 updated, 1 replaced".
func (c Changes) String() string {
	return fmt.Sprintf("%d kept, %d updated, %d replaced", c.Kept, c.Updated, c.Replaced)
}

// Apply puts the rules in force in a group, whose breakers are made by them from now on.
// A breaker that is there and has the right engine gets what is new to it, settings or
// base mode, and keeps its window and state, as far as the engine's Update and SetMode
// say, and an operator's override. Any other is removed: one of another engine, one
// that is not to be guarded, or no longer unguarded, and one of foreign make. An
// override of it then goes to the breaker that takes its place, if that has modes. A
// breaker inside wrappers counts as if it were bare, and keeps them; new ones have those of
// group.WithWrapper.
//
// It may be called at any time, by any number of goroutines: calls wait for each other,
// and calls under way for none. Keys of group.WithOverride are left alone and not counted.
func (r *Rules) Apply(g *group.Group) (done Changes) {
	var carried []override
	g.Reload(r.Breaker, func(key string, b circuit.Breaker) bool {
		switch r.verdict(key).tune(b) {
		case kept:
			done.Kept++
		case updated:
			done.Updated++
		default:
			done.Replaced++
			if o, ok := overrideOf(key, b); ok {
				carried = append(carried, o)
			}
			return false
		}
		return true
	})
	for _, o := range carried {
		o.lay(g)
	}
	return done
}

type fate uint8

const (
	kept fate = iota
	updated
	replaced
)

// tune makes b what v says, if it can be.
func (v *verdict) tune(b circuit.Breaker) fate {
	if v.enabled {
		return v.engine.tune(b, v.config, v.mode)
	}
	if _, ok := circuit.As[circuit.Disabled](b); ok {
		return kept
	}
	return replaced
}
