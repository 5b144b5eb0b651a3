package group

import (
	"sync/atomic"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// node is what a hit reads of a key. It takes up one cache line, the bytes of a
// short key included: with those elsewhere, lookups among 10,000 keys took a third
// longer (BenchmarkGet).
type node struct {
	breaker circuit.Breaker // set before made is
	entry   *entry          // all else of the key
	state   atomic.Uint32   // of the bits below
	length  int8            // of the key in short; long if it has no room there
	short   [35]byte
}

// The bits of a node's state. A hit finds both set, and writes nothing.
const (
	used uint32 = 1 << iota // since the sweep last came by
	made                    // the breaker is there
	out                     // the group has forgotten the key; never set in the table
)

const long = -1

func newNode(e *entry) *node {
	n := &node{entry: e, length: long}
	if len(e.key) <= len(n.short) {
		n.length = int8(copy(n.short[:], e.key))
	}
	return n
}

func (n *node) is(key string) bool {
	if n.length == long {
		return n.entry.key == key
	}
	return string(n.short[:n.length]) == key
}

// touch writes only when it must, so that hits don't fight for the cache line.
func (n *node) touch() {
	if n.state.Load()&used == 0 {
		n.state.Or(used)
	}
}

// table finds nodes by key. It is an open hash table: a node stands in the slot
// that its hash names, or in one of those next to it.
//
// Readers take no lock and write nothing. Writers exclude each other, and change
// one slot at a time. No slot from the one that a key's hash names up to the
// key's own is ever empty, whatever comes and goes between them: so a reader,
// who stops at an empty slot, can't miss a key that stays. An array that was
// outgrown isn't changed any more: a reader who still has it finds all that was
// there when he took it.
type table struct {
	slots atomic.Pointer[[]atomic.Pointer[node]] // as many as a power of two

	// For writers.
	live  int // nodes
	taken int // slots that are not empty
}

// Few nodes should have to stand aside: a reader who has to pass one surprises the
// processor. In a table two fifths full, lookups among 100 keys in random order
// took half as long again as in one a fifth full. This one is filled to a quarter at
// most, and made anew for a fifth at most.
const (
	fullest  = 4
	sparsest = 5
	smallest = 8
)

// gone marks a slot whose node was removed, where others may have stood aside
// for it. [OverflowKey] has no node in a table: gone is found by no other key, and then
// is out for good.
var gone = newNode(&entry{key: OverflowKey, at: -1, gone: true})

// init has to come first.
func (t *table) init() {
	slots := make([]atomic.Pointer[node], smallest)
	t.slots.Store(&slots)
}

// find is the node of the key with that hash, or nil.
func (t *table) find(hash uint64, key string) *node {
	slots := *t.slots.Load()
	for i := hash; ; i++ {
		n := slots[i&uint64(len(slots)-1)].Load()
		if n == nil || n.is(key) {
			return n
		}
	}
}

// put takes in a node whose key is not there.
func (t *table) put(n *node) {
	if fullest*(t.taken+1) > len(*t.slots.Load()) {
		t.rebuild()
	}
	if place(*t.slots.Load(), n) {
		t.taken++
	}
	t.live++
}

// place puts n in the first slot that nobody has, and reports whether it was empty.
func place(slots []atomic.Pointer[node], n *node) bool {
	for i := n.entry.hash; ; i++ {
		slot := &slots[i&uint64(len(slots)-1)]
		if stands := slot.Load(); stands == nil || stands == gone {
			slot.Store(n)
			return stands == nil
		}
	}
}

// rebuild has an array of the size that fits, without marks, take the place of
// the present one.
func (t *table) rebuild() {
	size := smallest
	for size < sparsest*(t.live+1) {
		size *= 2
	}
	slots := make([]atomic.Pointer[node], size)
	old := *t.slots.Load()
	for i := range old {
		if n := old[i].Load(); n != nil && n != gone {
			place(slots, n)
		}
	}
	t.slots.Store(&slots)
	t.taken = t.live
}

// remove takes out a node that is there.
func (t *table) remove(n *node) {
	slots := *t.slots.Load()
	mask := uint64(len(slots) - 1)
	i := n.entry.hash & mask
	for slots[i].Load() != n {
		i = (i + 1) & mask
	}
	slots[i].Store(gone)
	t.live--
	// Before an empty slot nobody stands aside: marks there are not needed.
	for slots[i].Load() == gone && slots[(i+1)&mask].Load() == nil {
		slots[i].Store(nil)
		t.taken--
		i = (i - 1) & mask
	}
}
