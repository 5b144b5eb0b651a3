package group_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// gate is a dial whose Snapshot blocks, save the one at its making.
type gate struct {
	*dial
	shut             atomic.Bool
	entered, release chan struct{}
	once             sync.Once
}

func (g *gate) Snapshot() circuit.Snapshot {
	if g.shut.Swap(true) {
		g.once.Do(func() { close(g.entered) })
		<-g.release
	}
	return g.dial.Snapshot()
}

// A hit must come back whatever else goes on in the group.
func TestHitIsNotHeldUp(t *testing.T) {
	t.Run("by a factory of another key", func(t *testing.T) {
		entered, release := make(chan struct{}), make(chan struct{})
		g := group.New(func(key string) circuit.Breaker {
			if key == "slow" {
				close(entered)
				<-release
			}
			return newDial(key)
		})
		hit := g.Get("hit")
		var wg sync.WaitGroup
		defer wg.Wait()
		defer close(release)
		wg.Go(func() { g.Get("slow") })
		<-entered
		within(t, "Get of a key that is there", func() {
			if g.Get("hit") != hit {
				t.Error("the hit is another breaker")
			}
		})
		within(t, "Get of a third key, and the rest", func() {
			g.Get("third")
			if n := g.Len(); n != 3 {
				t.Errorf("Len is %d, want 3, the one in the making included", n)
			}
			if all := held(g); len(all) != 2 {
				t.Errorf("All yields %v, want the two that are made", all)
			}
			g.Remove("third")
		})
	})

	t.Run("by a breaker that is slow to report", func(t *testing.T) {
		slow := &gate{dial: &dial{key: "slow"}, entered: make(chan struct{}), release: make(chan struct{})}
		g := group.New(func(key string) circuit.Breaker {
			if key == "slow" {
				return slow
			}
			return newDial(key)
		}, group.WithCap(1))
		g.Get("slow")
		var wg sync.WaitGroup
		defer wg.Wait()
		defer close(slow.release)
		wg.Go(func() { g.Get("new") }) // asks slow whether it may be evicted
		<-slow.entered
		within(t, "Get of a key that is there", func() {
			if g.Get("slow") != circuit.Breaker(slow) {
				t.Error("the hit is another breaker")
			}
			_ = g.Stats()
		})
	})

	t.Run("by a slow observer", func(t *testing.T) {
		entered, release := make(chan struct{}), make(chan struct{})
		g := group.New(fragile, group.WithObserver(func(circuit.Event) {
			close(entered)
			<-release
		}))
		hit := g.Get("hit")
		var wg sync.WaitGroup
		defer wg.Wait()
		defer close(release)
		wg.Go(func() { fail(g, "open") })
		<-entered
		within(t, "Get of a key that is there", func() {
			if g.Get("hit") != hit {
				t.Error("the hit is another breaker")
			}
			g.Get("open")
			g.Get("new")
		})
	})
}

func TestRemove(t *testing.T) {
	g := group.New(newDial)
	if g.Remove("a") {
		t.Error("a key that was never there was removed")
	}
	first := get(t, g, "a")
	first.set(busy["forced open"]) // an operator's wish outranks the state
	if !g.Remove("a") || g.Remove("a") {
		t.Error("Remove doesn't tell whether the key was there")
	}
	wantStats(t, g, group.Stats{Cap: group.DefaultCap})
	if get(t, g, "a") == first {
		t.Error("after Remove the key has its old breaker")
	}
}

func TestRemovedBreakerStaysUsable(t *testing.T) {
	g := group.New(fragile)
	b := g.Get("a")
	err := circuit.Do(t.Context(), b, func(context.Context) error {
		g.Remove("a")
		return errBackend
	})
	if err != errBackend { //nolint:errorlint // unchanged
		t.Errorf("Do returned %v, want the call's own error", err)
	}
	if b.Allow() == nil {
		t.Error("the failure of a call in flight didn't reach the removed breaker")
	}
	if err := g.Get("a").Allow(); err != nil {
		t.Errorf("the new breaker of the key inherited the old one's state: %v", err)
	}
}

func TestAllWhileTheGroupChanges(t *testing.T) {
	g := group.New(newDial, group.WithCap(100))
	for i := range 100 {
		get(t, g, keyN(i)).set(busy["failing"]) // these stay
	}
	for key := range g.All() {
		g.Remove(key) // from within the loop
		if g.Get(key) == nil {
			t.Fatal("Get returned nil")
		}
		get(t, g, key).set(busy["failing"])
	}
	wantStats(t, g, group.Stats{Len: 100, Cap: 100})

	stop := make(chan struct{})
	var wg sync.WaitGroup
	for f := range 2 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					g.Get(keyN(50 + i%50))
					g.Remove(keyN(50 + (i*7+f)%50))
				}
			}
		})
	}
	for range 50 {
		seen := map[string]int{}
		for key, b := range g.All() {
			if seen[key]++; seen[key] > 1 || b == nil {
				t.Fatalf("All yields %q %d times, the last time with %v", key, seen[key], b)
			}
		}
		for i := range 50 {
			if seen[keyN(i)] != 1 {
				t.Fatalf("All left out %q, which was there all the time", keyN(i))
			}
		}
	}
	close(stop)
	wg.Wait()
}

// What comes later in the loop is as it is by then.
func TestAllYieldsWhatIsThereByThen(t *testing.T) {
	g := group.New(newDial)
	for i := range 10 {
		g.Get(keyN(i))
	}
	seen := map[string]circuit.Breaker{}
	for key, b := range g.All() {
		if seen[key] = b; len(seen) > 1 {
			continue
		}
		for i := range 10 {
			if key != keyN(i) {
				g.Remove(keyN(i))
			}
		}
		for i := range 5 {
			g.Get(keyN(i))
		}
	}
	for key, b := range seen {
		if g.Get(key) != b {
			t.Errorf("All yields a breaker of %q that is not there any more", key)
		}
	}
	if want := g.Len(); len(seen) != want {
		t.Errorf("All yields %d keys, want the %d that are there", len(seen), want)
	}
}

func TestAllStopsWhenToldTo(t *testing.T) {
	g := group.New(newDial, group.WithCap(2))
	get(t, g, "a").set(busy["open"])
	get(t, g, "b").set(busy["open"])
	g.Get("overflowing")
	for limit := 1; limit <= 3; limit++ {
		n := 0
		for range g.All() {
			if n++; n == limit {
				break
			}
		}
		if n != limit {
			t.Errorf("the loop ran %d times, want %d", n, limit)
		}
	}
}
