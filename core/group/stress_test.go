package group_test

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// Everybody at once, each in a role of its own. What is neither removed nor
// evictable is there for everybody at all times, with one breaker, from when the
// group is small until the cap is reached and others go.
func TestRoles(t *testing.T) {
	const limit, staying, floods, keys, rounds = 700, 40, 2, 2500, 6
	for range rounds {
		var heard [staying]atomic.Int64 // by an observer who is there all the time
		number := map[string]int{}
		g := group.New(newDial, group.WithCap(limit), group.WithObserver(func(e circuit.Event) { heard[number[e.Key]].Add(1) }))
		stay := make([]*dial, staying)
		for i := range stay {
			number[keyN(-i)] = i
			stay[i] = get(t, g, keyN(-i))
			stay[i].set(busy["failing"])
		}
		var over atomic.Bool
		var flood, others sync.WaitGroup
		role := func(f func(i int)) {
			others.Go(func() {
				for i := 0; !over.Load() && !t.Failed(); i++ {
					f(i)
				}
			})
		}
		for f := range floods {
			flood.Go(func() {
				for i := range keys {
					key := keyN(1 + i + f*keys/2) // they meet at the same keys
					if d := g.Get(key).(*dial); d.key != key && d.key != group.OverflowKey {
						t.Errorf("%q has the breaker of %q", key, d.key)
						return
					}
				}
			})
		}
		for range 2 {
			role(func(i int) {
				if n := i % staying; g.Get(keyN(-n)) != circuit.Breaker(stay[n]) {
					t.Errorf("%q has another breaker", keyN(-n))
				}
			})
		}
		role(func(int) { g.Remove(keyN(1 + rand.IntN(2*keys))) })
		role(func(int) {
			seen := held(g)
			for i, d := range stay {
				if seen[keyN(-i)] != circuit.Breaker(d) {
					t.Errorf("All yields %v for %q, want its breaker", seen[keyN(-i)], keyN(-i))
				}
			}
			for key, b := range seen {
				if b.(*dial).key != key {
					t.Errorf("All yields the breaker of %q for %q", b.(*dial).key, key)
				}
			}
		})
		told := 0
		role(func(i int) {
			stay[i%staying].tell(circuit.Event{To: circuit.Open})
			told++
		})
		role(func(int) {
			g.Observe(func(e circuit.Event) {
				if _, ok := number[e.Key]; !ok {
					t.Errorf("heard of %q, whose breaker told nothing", e.Key)
				}
			})()
			if s := g.Stats(); s.Len > limit {
				t.Errorf("the group holds %d keys, want at most %d", s.Len, limit)
			}
		})
		flood.Wait()
		over.Store(true)
		others.Wait()

		for i := range stay {
			want := told / staying
			if i < told%staying {
				want++
			}
			if got := heard[i].Load(); got != int64(want) {
				t.Errorf("of %q the observer heard %d events, want %d", keyN(-i), got, want)
			}
			stay[i].set(idle)
		}
		all := held(g)
		delete(all, group.OverflowKey)
		if s := g.Stats(); s.Len != len(all) || s.Evicted == 0 {
			t.Errorf("All yields %d keys, the stats are %+v", len(all), s)
		}
		if t.Failed() {
			return
		}
	}
}

// Short keys are kept elsewhere than long ones.
func TestKeysOfEachLength(t *testing.T) {
	g := group.New(newDial)
	bytes := make([]byte, 300)
	breakers := map[string]*dial{}
	for n := range bytes {
		for _, last := range []byte{0, 'x'} { // differ in the last byte only
			key := append(bytes[:max(n-1, 0):max(n-1, 0)], last)[:n]
			breakers[string(key)] = get(t, g, string(key))
		}
	}
	for key, want := range breakers {
		if d := get(t, g, key); d != want || d.key != key {
			t.Errorf("the key of %d bytes has the breaker of one of %d", len(key), len(d.key))
		}
	}
	wantStats(t, g, group.Stats{Len: len(breakers), Cap: group.DefaultCap})
}
