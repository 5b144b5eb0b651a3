package group

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// entry is a key's place in the group; its breaker is made outside of any lock
// but its own.
type entry struct {
	key     string
	at      int         // in the ring, under the group's lock; -1 when out
	stop    func()      // ends the following of the breaker, under the group's lock
	used    atomic.Bool // since the sweep last came by
	idle    time.Time   // since when, at the least; under the group's lock
	making  sync.Mutex
	failed  bool         // the factory panicked, under making; e is out for good
	mode    circuit.Mode // as made; set before breaker
	breaker atomic.Pointer[circuit.Breaker]
}

func newEntry(key string) *entry { return &entry{key: key, at: -1, idle: time.Now()} }

// touch writes only when it must, so that hits don't fight for the cache line.
func (e *entry) touch() {
	if !e.used.Load() {
		e.used.Store(true)
	}
}

// made is e's breaker, which the first caller makes. It is nil when e is out
// because the factory panicked for another caller.
func (g *Group) made(e *entry) circuit.Breaker {
	if b := e.breaker.Load(); b != nil {
		return *b
	}
	e.making.Lock()
	defer e.making.Unlock()
	if b := e.breaker.Load(); b != nil {
		return *b
	}
	if e.failed {
		return nil
	}
	defer func() {
		if e.breaker.Load() == nil { // the factory panicked
			e.failed = e != g.overflow
			g.drop(e)
		}
	}()
	factory := g.factory
	if own, ok := g.overrides[e.key]; ok {
		factory = own
	}
	b := factory(e.key)
	if b == nil {
		b = circuit.Disabled{}
	}
	if r, ok := circuit.As[circuit.Reporter](b); ok {
		e.mode = r.Snapshot().Mode
	}
	g.follow(e, b)
	e.breaker.Store(&b)
	return b
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
		if !e.used.Swap(false) {
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
	b := e.breaker.Load()
	if b == nil {
		return false
	}
	r, ok := circuit.As[circuit.Reporter](*b)
	if !ok {
		return false
	}
	s := r.Snapshot()
	healthy := s.State == circuit.Closed && s.Window.Failures == 0
	return s.Mode == e.mode && (healthy || idle >= abandoned)
}
