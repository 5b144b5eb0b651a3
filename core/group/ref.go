package group

import (
	"sync/atomic"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// Ref is a key that is asked for again and again. Its Get does what [Group.Get] of
// the key does, without looking the key up as long as the group has it: for callers
// who have a place to keep Refs by something quicker to find than the key.
type Ref struct {
	group *Group
	key   string
	node  atomic.Pointer[node]
}

// Ref makes a Ref of the key. The group doesn't know of it, nor keep the key for it.
func (g *Group) Ref(key string) *Ref { return &Ref{group: g, key: key} }

// Get returns the key's breaker, as [Group.Get] does.
func (r *Ref) Get() circuit.Breaker {
	if n := r.node.Load(); n != nil && n.state.Load() == used|made {
		return n.breaker
	}
	return r.find()
}

func (r *Ref) find() circuit.Breaker {
	b := r.group.Get(r.key)
	r.node.Store(r.group.table.find(r.group.hash(r.key), r.key)) // nil for one that is not kept
	return b
}
