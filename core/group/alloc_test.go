//go:build !race

// The race detector allocates, so this test is not for it.

package group_test

import (
	"strings"
	"testing"

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
