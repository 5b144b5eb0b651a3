//go:build !race

// One goroutine, and much work: nothing for the race detector.

package group

import (
	"strconv"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// A million keys, as when somebody probes paths, leave no more behind than the
// cap allows: of keys, of slots, and of breakers that anything refers to.
func TestAMillionKeysUnderACap(t *testing.T) {
	const limit, keys = 10_000, 1_000_000
	g := New(func(string) circuit.Breaker { return circuit.Disabled{} }, WithCap(limit))
	slots := 0
	for i := range keys {
		g.Get(strconv.Itoa(i))
		slots = max(slots, len(*g.table.slots.Load()))
		if len(g.ring) > limit {
			t.Fatalf("after %d keys the group holds %d", i+1, len(g.ring))
		}
	}
	if got, want := g.Stats(), (Stats{Len: limit, Cap: limit, Evicted: keys - limit}); got != want {
		t.Errorf("the stats are %+v, want %+v", got, want)
	}
	if most := 8 * limit; slots > most {
		t.Errorf("the table grew to %d slots, want at most %d", slots, most)
	}
	if c := cap(g.ring); c > 2*limit {
		t.Errorf("the ring has room for %d, want at most %d", c, 2*limit)
	}
	referred := map[*node]bool{}
	for i := range *g.table.slots.Load() {
		if n := (*g.table.slots.Load())[i].Load(); n != nil && n != gone {
			referred[n] = true
		}
	}
	for _, e := range g.ring[:cap(g.ring)] {
		if e != nil {
			referred[e.node] = true
		}
	}
	if len(referred) != limit {
		t.Errorf("the group refers to %d breakers, want %d", len(referred), limit)
	}
}

func TestGroupOfFewKeysIsSmall(t *testing.T) {
	g := New(nil)
	for n := range 4 {
		if slots := len(*g.table.slots.Load()); slots > 16 {
			t.Errorf("with %d keys the table has %d slots, want at most 16", n, slots)
		}
		g.Get(strconv.Itoa(n))
	}
}
