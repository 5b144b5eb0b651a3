package group

import (
	"sync/atomic"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// Ref is a key that is asked for again and again. Its Get does what [Group.Get] of
// the key does, without looking the key up as long as the group has it: for callers
// who have a place to keep Refs by something quicker to find than the key.
//
// It is a breaker itself, that of the key as it is at each call: for those who hold one for
// long, such as a hystrix.Command, while the group may evict it, or have it replaced by new
// rules.
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

var _ interface {
	circuit.Acquirer
	circuit.Unwrapper
} = (*Ref)(nil)

// Allow is [circuit.Breaker]'s.
func (r *Ref) Allow() error { return r.Get().Allow() }

// MarkSuccess is [circuit.Breaker]'s. A mark goes to the breaker that is there by then; a
// permit to the one that it is of.
func (r *Ref) MarkSuccess() { r.Get().MarkSuccess() }

// MarkFailed is [circuit.Breaker]'s.
func (r *Ref) MarkFailed() { r.Get().MarkFailed() }

// Acquire is [circuit.Acquirer]'s.
func (r *Ref) Acquire() (circuit.Permit, error) { return circuit.Acquire(r.Get()) }

// Unwrap is Get, so that [circuit.As] finds what the breaker can do.
func (r *Ref) Unwrap() circuit.Breaker { return r.Get() }

func (r *Ref) find() circuit.Breaker {
	b := r.group.Get(r.key)
	r.node.Store(r.group.table.find(r.group.hash(r.key), r.key)) // nil for one that is not kept
	return b
}
