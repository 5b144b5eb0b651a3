//go:build !race

// The race detector allocates, so these tests are not for it.

package group_test

import (
	"strings"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

func TestHitDoesNotAllocate(t *testing.T) {
	g := group.New(newDial)
	for _, key := range []string{"", "a", "/greet.Greeter/Hello", strings.Repeat("k", group.MaxKeyLen)} {
		g.Get(key)
		if got := testing.AllocsPerRun(1000, func() { g.Get(key) }); got != 0 {
			t.Errorf("a hit of a key of %d bytes costs %v allocations, want 0", len(key), got)
		}
	}
}

func TestHitAmongManyKeysDoesNotAllocate(t *testing.T) {
	for _, n := range []int{1, 100, 10_000, 100_000} {
		g := group.New(newDial, group.WithCap(n), group.WithObserver(func(circuit.Event) {}))
		keys := make([]string, n)
		for i := range keys {
			keys[i] = keyN(i)
			g.Get(keys[i])
		}
		at := 0
		if got := testing.AllocsPerRun(1000, func() {
			g.Get(keys[at%n])
			at += 7
		}); got != 0 {
			t.Errorf("a hit among %d keys costs %v allocations, want 0", n, got)
		}
	}
}

// A flood of keys that find no room must not become one of garbage.
func TestOverflowDoesNotAllocate(t *testing.T) {
	for _, n := range []int{1, 100} {
		g := group.New(newDial, group.WithCap(n))
		for i := range n {
			get(t, g, keyN(i)).set(busy["open"])
		}
		for _, key := range []string{"new", group.OverflowKey, strings.Repeat("k", group.MaxKeyLen), strings.Repeat("k", 10*group.MaxKeyLen)} {
			g.Get(key)
			if got := testing.AllocsPerRun(1000, func() { g.Get(key) }); got != 0 {
				t.Errorf("a key of %d bytes that overflows from among %d costs %v allocations, want 0", len(key), n, got)
			}
		}
	}
}

// Get doesn't keep the string: a short key may be joined for it, on the stack.
func TestKeyJoinedForAHitDoesNotAllocate(t *testing.T) {
	g := group.New(newDial)
	host, port := "greeter", "8080"
	g.Get(host + ":" + port)
	if got := testing.AllocsPerRun(1000, func() { g.Get(host + ":" + port) }); got != 0 {
		t.Errorf("a hit of a joined key costs %v allocations, want 0", got)
	}
}
