package group

import (
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// From outside it can't be shown that a hit takes no lock, only that nothing
// known holds it up. Here the test holds the lock itself.
func TestHitTakesNoLock(t *testing.T) {
	g := New(func(string) circuit.Breaker { return circuit.Disabled{} })
	want := g.Get("hit")
	g.mu.Lock()
	defer g.mu.Unlock()
	got := make(chan circuit.Breaker, 1)
	go func() { got <- g.Get("hit") }()
	select {
	case b := <-got:
		if b != want {
			t.Error("the hit is another breaker")
		}
	case <-time.After(20 * time.Second):
		t.Fatal("a hit waits for the group's lock")
	}
}
