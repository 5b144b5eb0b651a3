package group_test

import (
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
)

func TestCapIsNeverExceeded(t *testing.T) {
	const limit, floods, keys = 50, 8, 3000
	g := group.New(newDial, group.WithCap(limit))
	stop := make(chan struct{})
	var watch, flood sync.WaitGroup
	watch.Go(func() {
		for {
			if n := g.Len(); n > limit {
				t.Errorf("the group holds %d keys, want at most %d", n, limit)
				return
			}
			select {
			case <-stop:
				return
			default:
				runtime.Gosched()
			}
		}
	})
	for f := range floods {
		flood.Go(func() {
			for i := range keys {
				if i%7 == 0 {
					g.Remove(keyN(i - 3))
				}
				g.Get(keyN(i + f*keys/2)) // floods overlap, so that they meet at the same keys
			}
		})
	}
	flood.Wait()
	close(stop)
	watch.Wait()
	all := held(g)
	delete(all, group.OverflowKey)
	if len(all) != g.Len() || len(all) > limit {
		t.Errorf("after the flood All yields %d keys and Len is %d, want the same, at most %d", len(all), g.Len(), limit)
	}
	for key, b := range all {
		if b.(*dial).key != key || g.Get(key) != b {
			t.Errorf("the key %q is held under another", key)
		}
	}
}

// A scan of keys that are seen once, as when somebody probes paths, must not
// push out those in use.
func TestHotKeysSurviveAFloodOfColdOnes(t *testing.T) {
	const limit, hot, cold = 1000, 100, 100_000
	g := group.New(newDial, group.WithCap(limit))
	breakers := make([]*dial, hot)
	for i := range hot {
		breakers[i] = get(t, g, keyN(-i))
	}
	for i := range cold {
		g.Get(keyN(1 + i))
		if n := i % hot; get(t, g, keyN(-n)) != breakers[n] {
			t.Fatalf("after %d cold keys the hot key %d has another breaker", i+1, n)
		}
	}
	wantStats(t, g, group.Stats{Len: limit, Cap: limit, Evicted: cold + hot - limit})
}

func TestBusyBreakersSurviveAFlood(t *testing.T) {
	for name, snapshot := range busy {
		t.Run(name, func(t *testing.T) {
			g := group.New(newDial, group.WithCap(10))
			kept := make([]*dial, 5)
			for i := range kept {
				kept[i] = get(t, g, keyN(i))
				kept[i].set(snapshot)
			}
			for i := range 1000 {
				g.Get(keyN(100 + i))
			}
			for i, d := range kept {
				if get(t, g, keyN(i)) != d {
					t.Errorf("the breaker of %q was lost", keyN(i))
				}
			}
			wantStats(t, g, group.Stats{Len: 10, Cap: 10, Evicted: 995})
		})
	}
}

// The same with the engines themselves, whose snapshots are what counts.
func TestEnginesSurviveAFlood(t *testing.T) {
	g := group.New(func(key string) circuit.Breaker {
		switch key[0] {
		case 's':
			b, err := sre.New(sre.Config{})
			if err != nil {
				t.Error(err)
			}
			return circuit.MarksRefusals(b) // seen through, by Unwrap
		case 'c':
			b, err := credit.New(credit.Config{})
			if err != nil {
				t.Error(err)
			}
			return b
		}
		return fragile(key)
	}, group.WithCap(8))
	for _, key := range []string{"credit failing", "sre failing", "hystrix open"} {
		g.Get(key).MarkFailed()
	}
	forced, _ := circuit.As[circuit.ModeSetter](g.Get("sre forced"))
	if err := forced.SetMode(circuit.ForceClose); err != nil {
		t.Fatal(err)
	}
	before := held(g)
	g.Get("hystrix idle").MarkSuccess()
	g.Get("sre idle").MarkSuccess()
	g.Get("credit idle").MarkFailed() // which the success after it makes good
	g.Get("credit idle").MarkSuccess()
	for i := range 500 {
		g.Get(keyN(i)).MarkSuccess()
	}
	after := held(g)
	for key, b := range before {
		if after[key] != b {
			t.Errorf("the breaker of %q was lost", key)
		}
	}
	if after["hystrix idle"] != nil || after["sre idle"] != nil || after["credit idle"] != nil {
		t.Error("an idle engine survived 500 keys: it is not taken for evictable")
	}
	wantStats(t, g, group.Stats{Len: 8, Cap: 8, Evicted: 499})
}

// Where the factory set mode observe, as for a trial of a configuration, no
// breaker was ever evicted, and every key beyond the cap shared the overflow one.
func TestModeOfTheFactoryDoesNotHoldAPlace(t *testing.T) {
	for _, mode := range []circuit.Mode{circuit.Observe, circuit.ForceClose} {
		g := group.New(func(string) circuit.Breaker {
			b, err := sre.New(sre.Config{})
			if err != nil {
				t.Error(err)
			} else if err := b.SetMode(mode); err != nil {
				t.Error(err)
			}
			return circuit.MarksRefusals(b) // seen through, by Unwrap
		}, group.WithCap(10))
		changed := g.Get("changed by the operator")
		setter, _ := circuit.As[circuit.ModeSetter](changed)
		if err := setter.SetMode(circuit.Auto); err != nil {
			t.Error(err)
		}
		for i := range 1000 {
			g.Get(keyN(i)).MarkSuccess()
		}
		if g.Get("changed by the operator") != changed {
			t.Errorf("made in mode %v: the breaker that was set to auto was lost", mode)
		}
		wantStats(t, g, group.Stats{Len: 10, Cap: 10, Evicted: 991})
	}
}

// A breaker that doesn't report can't be known to be healthy.
func TestBreakersThatDoNotReportAreNotEvicted(t *testing.T) {
	type mute struct{ circuit.Breaker } // hides Snapshot
	g := group.New(func(string) circuit.Breaker { return &mute{circuit.Disabled{}} }, group.WithCap(2))
	a, b := g.Get("a"), g.Get("b")
	overflow := g.Get("c")
	if g.Get("a") != a || g.Get("b") != b || overflow == a || overflow == b {
		t.Error("a breaker that doesn't report was evicted")
	}
	wantStats(t, g, group.Stats{Len: 2, Cap: 2, Overflowed: 1})
}

func TestOverflowIsSharedCountedAndLeftAgain(t *testing.T) {
	g := group.New(newDial, group.WithCap(3))
	for i := range 3 {
		get(t, g, keyN(i)).set(busy["open"])
	}
	if _, there := held(g)[group.OverflowKey]; there {
		t.Error("the overflow breaker is there before it was needed")
	}
	shared := get(t, g, "a")
	if shared.key != group.OverflowKey || get(t, g, "b") != shared || get(t, g, "a") != shared {
		t.Error("keys beyond the cap don't share the overflow breaker")
	}
	if held(g)[group.OverflowKey] != circuit.Breaker(shared) || len(held(g)) != 4 {
		t.Errorf("All yields %v, want the three keys and the overflow breaker", held(g))
	}
	wantStats(t, g, group.Stats{Len: 3, Cap: 3, Overflowed: 3})

	get(t, g, keyN(1)).set(idle)
	if d := get(t, g, "a"); d == shared || d.key != "a" || get(t, g, "a") != d {
		t.Error("a key stayed with the overflow breaker though there was one to evict")
	}
	if get(t, g, "b").key == group.OverflowKey {
		// "a" is idle and was used since the sweep: it is let off once, no more.
		t.Error("b got the overflow breaker though a was idle")
	}
	wantStats(t, g, group.Stats{Len: 3, Cap: 3, Evicted: 2, Overflowed: 3})
}

// The eighth candidate was evicted, and the new key got the overflow breaker
// nevertheless: a breaker lost for nothing.
func TestLastCandidateMakesRoom(t *testing.T) {
	const limit = 8
	for at := range limit {
		g := group.New(newDial, group.WithCap(limit))
		for i := range limit {
			if d := get(t, g, keyN(i)); i != at {
				d.set(busy["open"])
			}
		}
		if d := get(t, g, "new"); d.key != "new" {
			t.Errorf("with %q idle the new key got the breaker of %q", keyN(at), d.key)
		}
		wantStats(t, g, group.Stats{Len: limit, Cap: limit, Evicted: 1})
	}
}

func TestFailuresHoldAPlaceAsLongAsTheyAreInTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := group.New(func(string) circuit.Breaker {
			b, err := hystrix.New(hystrix.Config{Window: 10 * time.Second, SleepWindow: time.Second, SleepJitter: -1})
			if err != nil {
				t.Error(err)
			}
			return b
		}, group.WithCap(1))
		g.Get("failing").MarkFailed()
		g.Get("new")
		wantStats(t, g, group.Stats{Len: 1, Cap: 1, Overflowed: 1})
		time.Sleep(10 * time.Second)
		g.Get("new")
		wantStats(t, g, group.Stats{Len: 1, Cap: 1, Evicted: 1, Overflowed: 1})
	})
}

// Get of the key under which All yields the overflow breaker made another one:
// All then yielded two under one key, and who set the mode by key set that of
// the wrong one.
func TestOverflowKeyFindsTheOverflowBreaker(t *testing.T) {
	g := group.New(newDial, group.WithCap(1))
	get(t, g, "a").set(busy["open"])
	shared := get(t, g, "b")
	get(t, g, "a").set(idle) // there would be room
	if d := get(t, g, group.OverflowKey); d != shared {
		t.Errorf("Get(OverflowKey) is another breaker than the overflow one")
	}
	n := 0
	for key := range g.All() {
		if key == group.OverflowKey {
			n++
		}
	}
	if n != 1 {
		t.Errorf("All yields %q %d times, want once", group.OverflowKey, n)
	}
	if g.Remove(group.OverflowKey) {
		t.Error("the overflow breaker was removed")
	}
	wantStats(t, g, group.Stats{Len: 1, Cap: 1, Overflowed: 2})
}

// Marks of removed keys are found by the overflow key: its removal took one for an entry,
// panicked, and left the group locked, and all groups' marks spoilt.
func TestRemoveOfTheOverflowKeyAmongRemovedOnes(t *testing.T) {
	for range 1000 { // each with another seed
		g := group.New(newDial)
		for i := range 50 {
			g.Get(keyN(i))
		}
		for i := range 50 {
			g.Remove(keyN(i))
			if g.Remove(group.OverflowKey) {
				t.Fatal("the overflow breaker was removed")
			}
		}
		wantStats(t, g, group.Stats{Cap: group.DefaultCap})
	}
}

// Hosts that die leave open breakers behind, which no call ever closes: in time
// they held every place, and all new keys shared the overflow breaker for good.
func TestAbandonedBreakersAreEvictedAfterAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := group.New(fragile, group.WithCap(10))
		for i := range 10 {
			g.Get(keyN(i)).MarkFailed()
		}
		used := g.Get(keyN(0))
		for range 12 { // one key is asked for now and then, by callers that are refused
			time.Sleep(10*time.Minute - 1)
			g.Get("new")
			if g.Get(keyN(0)) != used {
				t.Fatal("an open breaker that is in use was evicted")
			}
		}
		for i := range 9 {
			g.Get(keyN(100 + i))
		}
		if s := g.Stats(); s.Evicted < 9 || s.Overflowed > 7 {
			t.Errorf("the stats are %+v, want the dead hosts' places taken", s)
		}
		if g.Get(keyN(0)) != used {
			t.Error("an open breaker that is in use was evicted")
		}
	})
}

func TestLongKeysShareTheOverflowBreaker(t *testing.T) {
	g := group.New(newDial)
	longest := string(make([]byte, group.MaxKeyLen))
	if d := get(t, g, longest); d.key != longest {
		t.Error("a key of the greatest length is not kept")
	}
	a, b := get(t, g, longest+"a"), get(t, g, longest+"b")
	if a != b || a.key != group.OverflowKey {
		t.Errorf("longer keys have the breakers of %q and %q, want the overflow one", a.key, b.key)
	}
	if g.Remove(longest + "a") {
		t.Error("a key that isn't kept was removed")
	}
	wantStats(t, g, group.Stats{Len: 1, Cap: group.DefaultCap, Overflowed: 2})
}
