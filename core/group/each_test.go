package group_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

func TestEachVisitsOldAndNewBreakersBeforeAnybodyGetsThem(t *testing.T) {
	g := group.New(newDial)
	g.Get("old")
	g.Get(group.OverflowKey)
	var visited []string
	stop := g.Each(func(key string, b circuit.Breaker) {
		if b.(*dial).key != key {
			t.Errorf("%q came with the breaker of %q", key, b.(*dial).key)
		}
		visited = append(visited, key)
	})
	slices.Sort(visited)
	if want := []string{group.OverflowKey, "old"}; !slices.Equal(visited, want) {
		t.Fatalf("visited %q, want %q", visited, want)
	}
	g.Get("new")
	g.Get("new")
	if visited[len(visited)-1] != "new" || len(visited) != 3 {
		t.Errorf("visited %q when new was made, want it once more", visited)
	}
	g.Remove("new")
	g.Get("new") // another breaker
	if len(visited) != 4 {
		t.Errorf("visited %q when new was made again, want it once more", visited)
	}
	stop()
	g.Get("late")
	if len(visited) != 4 {
		t.Errorf("visited %q after stop", visited)
	}
	g.Each(nil)()
}

func TestPanickingVisitorHarmsNobody(t *testing.T) {
	g := group.New(newDial)
	g.Get("old")
	g.Each(func(string, circuit.Breaker) { panic("visitor") })
	n := 0
	g.Each(func(string, circuit.Breaker) { n++ })
	if g.Get("new") == nil || n != 2 {
		t.Errorf("the other visitor saw %d breakers, want 2", n)
	}
}

// Keys are made while visitors come: none misses one.
func TestEachMissesNoneUnderConcurrency(t *testing.T) {
	const keys, visitors = 200, 8
	g := group.New(newDial)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() { g.Get(fmt.Sprint(i)) })
	}
	var seen [visitors]sync.Map
	for v := range visitors {
		all.Go(func() { g.Each(func(key string, b circuit.Breaker) { seen[v].Store(key, b) }) })
	}
	all.Wait()
	for v := range visitors {
		for i := range keys {
			key := fmt.Sprint(i)
			if b, _ := seen[v].Load(key); b != g.Get(key) {
				t.Errorf("visitor %d missed %s", v, key)
			}
		}
	}
}

// Keys come and go by every way that there is: whoever gets a breaker, be it one that the
// group has forgotten meanwhile, gets one that was visited.
func TestNobodyGetsABreakerBeforeItIsVisited(t *testing.T) {
	const keys, callers, gets = 12, 8, 3000
	var made atomic.Int64
	factory := func(key string) circuit.Breaker {
		if made.Add(1)%17 == 0 {
			panic("factory")
		}
		return newDial(key)
	}
	g := group.New(factory, group.WithCap(keys/2))
	g.Get("early")
	var visited sync.Map
	defer g.Each(func(_ string, b circuit.Breaker) { visited.Store(b, true) })()
	var all sync.WaitGroup
	for c := range callers {
		all.Go(func() {
			for i := range gets {
				key := keyN((i*7 + c) % keys)
				func() {
					defer func() { _ = recover() }()
					if _, ok := visited.Load(g.Get(key)); !ok {
						t.Errorf("the breaker of %s was not visited", key)
					}
				}()
				switch i % 100 {
				case 10 + c:
					g.Remove(key)
				case 50 + c:
					g.Reload(factory, func(string, circuit.Breaker) bool { return false })
				case 90:
					g.Each(func(string, circuit.Breaker) {})()
				}
			}
		})
	}
	all.Wait()
	for key, b := range g.All() {
		if _, ok := visited.Load(b); !ok {
			t.Errorf("the group holds a breaker of %s that was not visited", key)
		}
	}
}
