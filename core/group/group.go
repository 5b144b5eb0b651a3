package group

import (
	"hash/maphash"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// DefaultCap is the number of keys that a group holds when [WithCap] is not used.
const DefaultCap = 10_000

// MaxKeyLen is the length in bytes beyond which a key is not kept, and uses the
// overflow breaker, so that long keys can't take up memory.
const MaxKeyLen = 1024

// OverflowKey is the key under which the overflow breaker is made, found and
// observed.
const OverflowKey = "(overflow)"

// Group is one breaker per key. It is safe for concurrent use.
type Group struct {
	factory   atomic.Pointer[func(key string) circuit.Breaker]
	overrides map[string]func(key string) circuit.Breaker
	cap       int
	wrappers  []func(key string, b circuit.Breaker) circuit.Breaker

	overflow atomic.Pointer[entry]
	seed     maphash.Seed
	table    table // of every entry's node

	reloading sync.Mutex // held by Reload

	mu        sync.Mutex // for all below, and to change the table
	ring      []*entry   // every entry, in no order
	hand      int        // of the second-chance sweep
	observers []*observer
	visitors  []*visitor

	evicted, overflowed atomic.Uint64
}

// New makes an empty group. The factory may be called for several keys at once,
// and may use the group for other keys than its own. One that returns nil
// leaves the key unguarded, by [circuit.Disabled]; a nil factory leaves all.
func New(factory func(key string) circuit.Breaker, opts ...Option) *Group {
	if factory == nil {
		factory = unguarded
	}
	g := &Group{
		overrides: map[string]func(string) circuit.Breaker{},
		cap:       DefaultCap,
		seed:      maphash.MakeSeed(),
	}
	g.factory.Store(&factory)
	g.overflow.Store(newEntry(OverflowKey, 0))
	g.table.init()
	for _, opt := range opts {
		if opt != nil {
			opt(g)
		}
	}
	return g
}

func unguarded(string) circuit.Breaker { return nil }

// Get returns the key's breaker, which it makes if there is none. The breaker
// stays usable when the group has evicted or removed it. A panic of the factory
// reaches the caller that it ran for; those that waited for it try again.
func (g *Group) Get(key string) circuit.Breaker {
	hash := g.hash(key)
	if n := g.table.find(hash, key); n != nil && n.state.Load() == used|made {
		return n.breaker
	}
	for {
		e := g.entry(hash, key)
		if b := g.made(e); b != nil {
			return b
		}
	}
}

// hash takes no longer for a key that is too long to be kept than for others.
func (g *Group) hash(key string) uint64 {
	return maphash.String(g.seed, key[:min(len(key), MaxKeyLen)])
}

// entry finds or makes the key's.
func (g *Group) entry(hash uint64, key string) *entry {
	if len(key) > MaxKeyLen || key == OverflowKey {
		g.overflowed.Add(1)
		return g.overflow.Load()
	}
	if n := g.table.find(hash, key); n != nil {
		n.touch()
		return n.entry
	}
	return g.add(hash, key)
}

// All iterates over the keys and breakers that are there, in no order, while
// the group is in use. The overflow breaker comes too, once it was needed.
func (g *Group) All() iter.Seq2[string, circuit.Breaker] {
	return func(yield func(string, circuit.Breaker) bool) {
		if b := g.overflow.Load().breaker(); b != nil && !yield(OverflowKey, b) {
			return
		}
		for _, e := range g.entries() {
			now := g.table.find(e.hash, e.key) // removed and made anew, maybe
			if now == nil {
				continue
			}
			if b := now.entry.breaker(); b != nil && !yield(e.key, b) {
				return
			}
		}
	}
}

func (g *Group) entries() []*entry {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.ring)
}

// Len is the number of keys, the overflow breaker not counted.
func (g *Group) Len() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.ring)
}

// Remove forgets the key, and reports whether it was there. Its next Get makes a
// new breaker.
func (g *Group) Remove(key string) bool {
	n := g.table.find(g.hash(key), key)
	return n != nil && g.drop(n.entry)
}

// Stats counts what became of keys since the group was made.
type Stats struct {
	Len        int    // keys now
	Cap        int    // keys at most
	Evicted    uint64 // keys that made room for others
	Overflowed uint64 // Gets that were answered by the overflow breaker
}

// Stats returns the counts of this moment.
func (g *Group) Stats() Stats {
	return Stats{Len: g.Len(), Cap: g.cap, Evicted: g.evicted.Load(), Overflowed: g.overflowed.Load()}
}

// add finds or makes the entry of a key that was not there.
func (g *Group) add(hash uint64, key string) *entry {
	for range evictions {
		switch stands, victim, idle := g.insert(hash, key); {
		case stands != nil:
			return stands
		case victim == nil: // all were in use
		case victim.evictable(idle) && g.drop(victim):
			g.evicted.Add(1)
		}
	}
	if stands, _, _ := g.insert(hash, key); stands != nil { // the last victim made room
		return stands
	}
	g.overflowed.Add(1)
	return g.overflow.Load()
}

// insert returns the entry that stands for the key, a new one if there is room;
// else it returns an entry that might be evicted, or nil, and for how long
// nobody asked for that.
func (g *Group) insert(hash uint64, key string) (stands, victim *entry, idle time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if n := g.table.find(hash, key); n != nil {
		return n.entry, nil, 0
	}
	if len(g.ring) >= g.cap {
		if victim = g.sweep(); victim != nil {
			idle = time.Since(victim.idle)
		}
		return nil, victim, idle
	}
	e := newEntry(key, hash)
	e.at = len(g.ring)
	g.ring = append(g.ring, e)
	g.table.put(e.node)
	return e, nil, 0
}

// drop takes e out, if it is in, and stops following its breaker. In the place of the
// overflow entry comes a new one.
func (g *Group) drop(e *entry) bool {
	g.mu.Lock()
	was := !e.gone
	if was {
		e.gone = true
		if !g.overflow.CompareAndSwap(e, newEntry(OverflowKey, 0)) {
			g.takeOut(e)
		}
	}
	stop := e.stop
	g.mu.Unlock()
	if was && stop != nil {
		stop() // foreign code: under no lock
	}
	return was
}

// takeOut has the last of the ring take e's place. The group's lock is held.
func (g *Group) takeOut(e *entry) {
	g.table.remove(e.node)
	e.node.state.Or(out)
	last := g.ring[len(g.ring)-1]
	g.ring[e.at], last.at = last, e.at
	g.ring[len(g.ring)-1] = nil
	g.ring = g.ring[:len(g.ring)-1]
	e.at = -1
}
