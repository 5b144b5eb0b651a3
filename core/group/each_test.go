package group_test

import (
	"fmt"
	"slices"
	"sync"
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
