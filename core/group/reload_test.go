package group_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// edition is a factory whose breakers know which it was.
func edition(n int) func(string) circuit.Breaker {
	return func(string) circuit.Breaker { return &editioned{dial{key: fmt.Sprint(n)}} }
}

type editioned struct{ dial }

func editionOf(b circuit.Breaker) string { return b.(*editioned).key }

func TestReloadRemovesWhatItMayNotKeep(t *testing.T) {
	g := group.New(edition(1), group.WithOverride("own", edition(9)))
	kept, left, own := g.Get("kept"), g.Get("left"), g.Get("own")
	ref := g.Ref("left")
	ref.Get()
	asked := map[string]circuit.Breaker{}
	g.Reload(edition(2), func(key string, b circuit.Breaker) bool {
		asked[key] = b
		return key == "kept"
	})
	if len(asked) != 2 || asked["kept"] != kept || asked["left"] != left {
		t.Errorf("asked about %v, want kept and left", asked)
	}
	if g.Get("kept") != kept || g.Get("own") != own {
		t.Error("a breaker that was kept, or has a factory of its own, was lost")
	}
	if b := g.Get("left"); b == left || editionOf(b) != "2" || ref.Get() != b {
		t.Errorf("the one that was not kept is of edition %s, want a new one, by Ref, too", editionOf(b))
	}
	if b := g.Get("new"); editionOf(b) != "2" {
		t.Errorf("a new key is of edition %s, want 2", editionOf(b))
	}
	wantStats(t, g, group.Stats{Len: 4, Cap: group.DefaultCap})
	g.Reload(nil, nil)
	if _, ok := g.Get("left").(circuit.Disabled); !ok {
		t.Errorf("with no factory the breaker is a %T, want Disabled", g.Get("left"))
	}
}

func TestReloadOfTheOverflowBreaker(t *testing.T) {
	g := group.New(edition(1))
	old := g.Get(group.OverflowKey)
	g.Reload(edition(2), func(_ string, b circuit.Breaker) bool { return editionOf(b) == "2" })
	b := g.Get(group.OverflowKey)
	if b == old || editionOf(b) != "2" || g.Get(group.OverflowKey) != b {
		t.Errorf("the overflow breaker is of edition %s, want one of 2", editionOf(b))
	}
	n := 0
	for key := range g.All() {
		if key == group.OverflowKey {
			n++
		}
	}
	if n != 1 {
		t.Errorf("All shows %d overflow breakers, want 1", n)
	}
	g.Reload(edition(3), func(string, circuit.Breaker) bool { return true })
	if g.Get(group.OverflowKey) != b {
		t.Error("an overflow breaker that was kept is gone")
	}
}

// What was removed is no longer followed: the overflow breaker is no exception.
func TestReloadStopsFollowingWhatItRemoves(t *testing.T) {
	g := group.New(newDial)
	old := []*dial{get(t, g, "key"), get(t, g, group.OverflowKey)}
	var heard []string
	g.Observe(func(e circuit.Event) { heard = append(heard, e.Key) })
	g.Reload(newDial, func(string, circuit.Breaker) bool { return false })
	for _, d := range old {
		if n := d.observers(); n != 0 {
			t.Errorf("the old breaker of %s is followed %d times", d.key, n)
		}
	}
	for _, d := range []*dial{get(t, g, "key"), get(t, g, group.OverflowKey)} {
		d.tell(circuit.Event{})
	}
	if want := []string{"key", group.OverflowKey}; !slices.Equal(heard, want) {
		t.Errorf("heard of %q, want %q", heard, want)
	}
}

// A breaker that the former factory is at must not slip by.
func TestReloadWaitsForBreakersInTheMaking(t *testing.T) {
	for _, key := range []string{"key", group.OverflowKey} {
		entered, release := make(chan struct{}), make(chan struct{})
		g := group.New(func(key string) circuit.Breaker {
			close(entered)
			<-release
			return edition(1)(key)
		})
		go g.Get(key)
		<-entered
		reloaded := make(chan struct{})
		go func() {
			defer close(reloaded)
			g.Reload(edition(2), func(_ string, b circuit.Breaker) bool { return editionOf(b) == "2" })
		}()
		select {
		case <-reloaded:
			t.Fatal("Reload did not wait")
		case <-time.After(10 * time.Millisecond): // it can't be seen to wait
		}
		close(release)
		<-reloaded
		if got := editionOf(g.Get(key)); got != "2" {
			t.Errorf("%s: the breaker is of edition %s after Reload, want 2", key, got)
		}
	}
}

// While keys come and go and reloads follow each other, no caller ever gets a breaker of
// an edition from before a Reload that had returned.
func TestReloadUnderTraffic(t *testing.T) {
	var current atomic.Int64
	g := group.New(edition(0), group.WithCap(8))
	stop := make(chan struct{})
	var callers sync.WaitGroup
	for i := range 8 {
		callers.Go(func() {
			ref := g.Ref("ref")
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				least := current.Load()
				key := fmt.Sprint((n*7 + i) % 12) // more than there is room for
				for _, b := range []circuit.Breaker{g.Get(key), ref.Get()} {
					var got int64
					if _, err := fmt.Sscan(editionOf(b), &got); err != nil || got < least {
						t.Errorf("got a breaker of edition %d, %v, after Reload to %d", got, err, least)
						return
					}
				}
				if n%50 == 0 {
					g.Remove(key)
				}
			}
		})
	}
	for n := range 300 {
		want := fmt.Sprint(n + 1)
		g.Reload(edition(n+1), func(_ string, b circuit.Breaker) bool { return editionOf(b) == want })
		current.Store(int64(n + 1))
	}
	close(stop)
	callers.Wait()
}

type tuned struct {
	circuit.Disabled
	edition atomic.Int64
}

// Two reloads at once, each of which changes what is there: the later one has its way with
// old breakers as it has with new ones.
func TestReloadsWaitForEachOther(t *testing.T) {
	tune := func(n int64) func(string) circuit.Breaker {
		return func(string) circuit.Breaker {
			b := new(tuned)
			b.edition.Store(n)
			return b
		}
	}
	g := group.New(tune(0))
	old := g.Get("old").(*tuned)
	second := make(chan struct{})
	g.Reload(tune(1), func(string, circuit.Breaker) bool {
		go func() {
			defer close(second)
			g.Reload(tune(2), func(string, circuit.Breaker) bool {
				old.edition.Store(2)
				return true
			})
		}()
		select {
		case <-second:
			t.Error("the second did not wait")
		case <-time.After(10 * time.Millisecond): // it can't be seen to wait
		}
		old.edition.Store(1)
		return true
	})
	<-second
	if now := g.Get("new").(*tuned); old.edition.Load() != 2 || now.edition.Load() != 2 {
		t.Errorf("the old breaker is of edition %d, a new one of %d, want 2", old.edition.Load(), now.edition.Load())
	}
}

// Nobody gets a breaker of the former factory that is made while keep is asked.
func TestReloadChangesTheFactoryFirst(t *testing.T) {
	g := group.New(edition(1))
	g.Get("old")
	g.Reload(edition(2), func(string, circuit.Breaker) bool {
		if got := editionOf(g.Get("new")); got != "2" {
			t.Errorf("the new breaker is of edition %s, want 2", got)
		}
		return true
	})
}

func TestModeOfAReloadDoesNotHoldAPlace(t *testing.T) {
	factory := func(string) circuit.Breaker {
		b, err := hystrix.New(hystrix.Config{})
		if err != nil {
			t.Error(err)
		}
		return b
	}
	g := group.New(factory, group.WithCap(1))
	b := g.Get("a").(*hystrix.Breaker)
	if err := b.Override(circuit.Observe, time.Hour); err != nil {
		t.Fatal(err)
	}
	g.Reload(factory, func(_ string, b circuit.Breaker) bool {
		if err := b.(*hystrix.Breaker).SetMode(circuit.Observe); err != nil {
			t.Error(err)
		}
		return true
	})
	b.Release()
	for range 3 {
		g.Get("b") // the first sweep lets a off
	}
	if g.Get("a") == circuit.Breaker(b) {
		t.Error("the breaker was not evicted, though its mode is that of the configuration")
	}
}

func TestOverrideHoldsAPlace(t *testing.T) {
	g := group.New(func(string) circuit.Breaker {
		b, err := hystrix.New(hystrix.Config{})
		if err != nil {
			t.Error(err)
		}
		return b
	}, group.WithCap(1))
	b := g.Get("a").(*hystrix.Breaker)
	if err := b.Override(circuit.Observe, 0); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		g.Get("b")
	}
	if g.Get("a") != circuit.Breaker(b) {
		t.Error("a breaker under an override was evicted")
	}
}

// Reload while an operator has forced a breaker: its place is held until that is over, and
// no longer.
func TestReloadUnderAnOverrideDoesNotHoldAPlaceForGood(t *testing.T) {
	factory := func(string) circuit.Breaker {
		b, err := hystrix.New(hystrix.Config{})
		if err != nil {
			t.Error(err)
		}
		return b
	}
	g := group.New(factory, group.WithCap(1))
	b := g.Get("a").(*hystrix.Breaker)
	if err := b.Override(circuit.ForceClose, 0); err != nil {
		t.Fatal(err)
	}
	g.Reload(factory, func(string, circuit.Breaker) bool { return true })
	for range 10 {
		g.Get("b")
	}
	wantStats(t, g, group.Stats{Len: 1, Cap: 1, Overflowed: 10})
	b.Release()
	for range 3 {
		g.Get("b")
	}
	if g.Stats().Evicted != 1 {
		t.Error("the breaker was not evicted, though the override is released")
	}
}

// An operator changes the base mode, and lays the former one over it for a while.
func TestChangedModeUnderAnOverrideHoldsAPlace(t *testing.T) {
	g := group.New(func(string) circuit.Breaker {
		b, err := hystrix.New(hystrix.Config{})
		if err != nil {
			t.Error(err)
		}
		return b
	}, group.WithCap(1))
	b := g.Get("a").(*hystrix.Breaker)
	if err := b.SetMode(circuit.Observe); err != nil {
		t.Fatal(err)
	}
	if err := b.Override(circuit.Auto, time.Hour); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		g.Get("b")
	}
	wantStats(t, g, group.Stats{Len: 1, Cap: 1, Overflowed: 10})
}
