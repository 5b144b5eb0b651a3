package group_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

func TestBreakerIsMadeOnceUnderContention(t *testing.T) {
	var made atomic.Int32
	release := make(chan struct{})
	g := group.New(func(key string) circuit.Breaker {
		made.Add(1)
		<-release
		return newDial(key)
	})
	const callers = 1000
	var ready, done sync.WaitGroup
	got := make([]circuit.Breaker, callers)
	ready.Add(callers)
	for i := range callers {
		done.Go(func() {
			ready.Done()
			got[i] = g.Get("key")
		})
	}
	ready.Wait()
	close(release)
	done.Wait()
	if n := made.Load(); n != 1 {
		t.Errorf("the factory ran %d times, want once", n)
	}
	for i, b := range got {
		if b != got[0] {
			t.Fatalf("caller %d got another breaker", i)
		}
	}
	wantStats(t, g, group.Stats{Len: 1, Cap: group.DefaultCap})
}

func TestFactoryGetsTheKey(t *testing.T) {
	g := group.New(newDial)
	for _, key := range []string{"", "a", "/greet.Greeter/Hello", "\x00\xff"} {
		d := get(t, g, key)
		if d.key != key {
			t.Errorf("the factory got %q, want %q", d.key, key)
		}
		if get(t, g, key) != d {
			t.Errorf("the second Get of %q returned another breaker", key)
		}
	}
	wantStats(t, g, group.Stats{Len: 4, Cap: group.DefaultCap})
}

func TestFactoryPanicReachesTheCallerAndIsTriedAgain(t *testing.T) {
	made := 0
	g := group.New(func(key string) circuit.Breaker {
		if made++; made <= 2 {
			panic("no config for " + key)
		}
		return newDial(key)
	})
	for range 2 {
		func() {
			defer func() {
				if v := recover(); v != "no config for key" {
					t.Errorf("recovered %v, want the factory's panic value", v)
				}
			}()
			g.Get("key")
			t.Error("Get returned")
		}()
		wantStats(t, g, group.Stats{Cap: group.DefaultCap})
		if n := len(held(g)); n != 0 {
			t.Errorf("a panic left %d entries", n)
		}
	}
	if first, second := get(t, g, "key"), get(t, g, "key"); first != second || made != 3 {
		t.Errorf("the factory ran %d times, want 3", made)
	}
	wantStats(t, g, group.Stats{Len: 1, Cap: group.DefaultCap})
}

// Those who waited for a factory that panicked made a breaker by themselves, on
// an entry that was out of the group already: two breakers of one key.
func TestCallersWhoWaitedForAPanicShareOneBreaker(t *testing.T) {
	var made atomic.Int32
	entered, release := make(chan struct{}), make(chan struct{})
	g := group.New(func(key string) circuit.Breaker {
		if made.Add(1) == 1 {
			close(entered)
			<-release
			panic("first try")
		}
		return newDial(key)
	})
	var first, waiters sync.WaitGroup
	first.Go(func() {
		defer func() {
			if v := recover(); v != "first try" {
				t.Errorf("the caller that ran the factory recovered %v, want its panic value", v)
			}
		}()
		g.Get("key")
	})
	<-entered
	const n = 20
	got := make([]circuit.Breaker, n)
	for i := range n {
		waiters.Go(func() { got[i] = g.Get("key") })
	}
	awaitBlocked(t, "group.(*Group).made", n)
	close(release)
	first.Wait()
	waiters.Wait()
	for i, b := range got {
		if b != g.Get("key") {
			t.Fatalf("caller %d got a breaker that the group doesn't hold", i)
		}
	}
	if made.Load() != 2 {
		t.Errorf("the factory ran %d times, want 2", made.Load())
	}
	wantStats(t, g, group.Stats{Len: 1, Cap: group.DefaultCap})
}

func TestFactoryMayUseTheGroup(t *testing.T) {
	var g *group.Group
	g = group.New(func(key string) circuit.Breaker {
		if key == "host" {
			g.Remove("unrelated")
			_ = g.Stats()
			for range g.All() {
			}
			g.Get("zone")
		}
		return newDial(key)
	})
	g.Get("unrelated")
	within(t, "a factory that uses its group", func() { g.Get("host") })
	if len(held(g)) != 2 || held(g)["zone"] == nil || held(g)["host"] == nil {
		t.Errorf("the group holds %v, want host and zone", held(g))
	}
}

func TestFactoryThatReturnsNilLeavesTheKeyUnguarded(t *testing.T) {
	g := group.New(func(string) circuit.Breaker { return nil }, group.WithCap(1))
	if b := g.Get("key"); b != (circuit.Disabled{}) {
		t.Errorf("the breaker is %T, want circuit.Disabled", b)
	}
	g.Get("another") // an unguarded key must not hold its place for ever
	wantStats(t, g, group.Stats{Len: 1, Cap: 1, Evicted: 1})
}

func TestOverrides(t *testing.T) {
	named := func(name string) func(string) circuit.Breaker {
		return func(key string) circuit.Breaker { return newDial(name + " of " + key) }
	}
	g := group.New(named("default"),
		group.WithOverride("slow", named("patient")),
		group.WithOverride("twice", named("first")),
		group.WithOverride("twice", named("second")),
		group.WithOverride("kept", named("kept")),
		group.WithOverride("kept", nil), // changes nothing
		group.WithOverride("untouched", nil),
		group.WithOverride("free", func(string) circuit.Breaker { return nil }),
		group.WithOverride(group.OverflowKey, named("spare")),
		group.WithCap(4),
	)
	for key, want := range map[string]string{
		"slow": "patient of slow", "twice": "second of twice", "kept": "kept of kept", "untouched": "default of untouched",
	} {
		d := get(t, g, key)
		if d.key != want {
			t.Errorf("the breaker of %q is the %q, want the %q", key, d.key, want)
		}
		d.set(busy["open"])
	}
	if got := get(t, g, "free").key; got != "spare of "+group.OverflowKey {
		t.Errorf("the overflow breaker is the %q, want its own", got)
	}
	g.Remove("slow")
	if b := g.Get("free"); b != (circuit.Disabled{}) {
		t.Errorf("the breaker of a key that isn't to be guarded is %T, want circuit.Disabled", b)
	}
}

func TestCapBelowOneIsTheDefault(t *testing.T) {
	for _, n := range []int{-1, 0} {
		wantStats(t, group.New(newDial, group.WithCap(n)), group.Stats{Cap: group.DefaultCap})
	}
	wantStats(t, group.New(newDial, group.WithCap(7), group.WithCap(0)), group.Stats{Cap: 7})
	wantStats(t, group.New(newDial, group.WithCap(1)), group.Stats{Cap: 1})
}

// A panic while the overflow breaker is made leaves nothing half made behind.
func TestOverflowFactoryPanicIsTriedAgain(t *testing.T) {
	made := 0
	g := group.New(newDial, group.WithOverride(group.OverflowKey, func(key string) circuit.Breaker {
		if made++; made == 1 {
			panic("no spare")
		}
		return newDial(key)
	}))
	long := string(make([]byte, group.MaxKeyLen+1))
	func() {
		defer func() {
			if v := recover(); v != "no spare" {
				t.Errorf("recovered %v, want the factory's panic value", v)
			}
		}()
		g.Get(long)
	}()
	within(t, "Get of the overflow breaker", func() { g.Get(long) })
	if made != 2 {
		t.Errorf("the factory ran %d times, want 2", made)
	}
}
