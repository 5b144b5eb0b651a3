package group

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// entry is a key's place in the group; its breaker is made outside of any lock
// but its own.
type entry struct {
	key    string
	hash   uint64
	node   *node         // what hits find
	at     int           // in the ring, under the group's lock; -1 when out
	gone   bool          // out for good, under the group's lock
	stop   func()        // ends the following of the breaker, under the group's lock
	idle   time.Time     // since when, at the least; under the group's lock
	making sync.Mutex    // held by who makes the breaker
	failed bool          // the factory panicked, under making; e is out for good
	mode   atomic.Uint32 // the circuit.Mode as configured; set before the breaker
}

// newEntry copies key, which may be part of something larger.
func newEntry(key string, hash uint64) *entry {
	e := &entry{key: strings.Clone(key), hash: hash, at: -1, idle: time.Now()}
	e.node = newNode(e)
	return e
}

// breaker is nil as long as there is none.
func (e *entry) breaker() circuit.Breaker {
	if e.node.state.Load()&made == 0 {
		return nil
	}
	return e.node.breaker
}

// made is e's breaker, which the first caller makes. It is nil when e is out
// because the factory panicked for another caller.
func (g *Group) made(e *entry) circuit.Breaker {
	if b := e.breaker(); b != nil {
		return b
	}
	e.making.Lock()
	defer e.making.Unlock()
	if b := e.breaker(); b != nil {
		return b
	}
	if e.failed {
		return nil
	}
	defer func() {
		if e.breaker() == nil { // the factory panicked
			e.failed = true
			g.drop(e)
		}
	}()
	factory := *g.factory.Load()
	if own, ok := g.overrides[e.key]; ok {
		factory = own
	}
	b := factory(e.key)
	if b == nil {
		b = circuit.Disabled{}
	}
	b = g.wrapped(e.key, b)
	e.configured(b)
	g.follow(e, b)
	g.show(e.key, b)
	e.node.breaker = b
	e.node.state.Or(made)
	return b
}

func (g *Group) wrapped(key string, b circuit.Breaker) circuit.Breaker {
	if b == (circuit.Disabled{}) {
		return b
	}
	for _, wrap := range g.wrappers {
		if w := wrap(key, b); w != nil {
			b = w
		}
	}
	return b
}

// configured takes the mode that b has now for one that no operator set.
func (e *entry) configured(b circuit.Breaker) {
	if r, ok := circuit.As[circuit.Reporter](b); ok {
		e.mode.Store(uint32(r.Snapshot().BaseMode))
	}
}

// Second-chance eviction: a hand goes round the ring; an entry that was used
// since the hand last came by is let off once.
const (
	evictions = 8   // candidates that one new key examines, at most
	steps     = 128 // entries that the hand passes for one candidate, at most

	// abandoned is how long a breaker that is not healthy is kept without a Get.
	abandoned = time.Hour
)

// sweep is the next candidate, nil when the hand met none. The group's lock is held.
func (g *Group) sweep() *entry {
	for range min(steps, 2*len(g.ring)) {
		g.hand = (g.hand + 1) % len(g.ring)
		e := g.ring[g.hand]
		if e.node.state.And(^used)&used == 0 {
			return e
		}
		e.idle = time.Now()
	}
	return nil
}

// evictable reports whether e's breaker is closed, in the mode that the factory
// gave it, and without a failure in its window. A breaker that doesn't tell is
// not. One that was abandoned need be in that mode only. No lock is held: a
// breaker is foreign code.
func (e *entry) evictable(idle time.Duration) bool {
	r, ok := circuit.As[circuit.Reporter](e.breaker())
	if !ok {
		return false
	}
	s := r.Snapshot()
	healthy := s.State == circuit.Closed && s.Window.Failures == 0
	configured := s.Mode == s.BaseMode && s.Mode == circuit.Mode(e.mode.Load())
	return configured && (healthy || idle >= abandoned)
}
