package probes_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/internal/probes"
)

const s = time.Second

// remembered is how many lost probes a Set keeps.
const remembered = 64

// start takes a place that must be there.
func start(t *testing.T, set *probes.Set, now time.Duration, b probes.Bounds, anonymous bool) uint32 {
	t.Helper()
	id, ok := set.Start(now, b, anonymous)
	if !ok || id == 0 {
		t.Fatalf("Start at %v = %d, %v, want a place and an id", now, id, ok)
	}
	return id
}

func full(t *testing.T, set *probes.Set, now time.Duration, b probes.Bounds) {
	t.Helper()
	if id, ok := set.Start(now, b, false); ok || id != 0 {
		t.Fatalf("Start at %v = %d, %v, want 0 and no place", now, id, ok)
	}
}

func inFlight(t *testing.T, set *probes.Set, now time.Duration, b probes.Bounds, want int) {
	t.Helper()
	if got := set.InFlight(now, b); got != want {
		t.Fatalf("at %v, %d probes are in flight, want %d", now, got, want)
	}
}

func TestPlacesAreBounded(t *testing.T) {
	var set probes.Set
	b := probes.Bounds{Most: 3, Lifetime: s}
	inFlight(t, &set, 0, b, 0)
	var ids []uint32
	for range 3 {
		ids = append(ids, start(t, &set, 0, b, false))
	}
	full(t, &set, 0, b)
	inFlight(t, &set, 0, b, 3)
	if started, ok := set.End(ids[1]); !ok || started != 0 {
		t.Errorf("End = %v, %v, want 0s, true", started, ok)
	}
	inFlight(t, &set, 0, b, 2)
	next := start(t, &set, 0, b, false)
	if slices.Contains(ids, next) {
		t.Errorf("id %d was given twice", next)
	}
	full(t, &set, 0, b)
}

// A bound that shrinks ends no probe, and one that grows makes room at once.
func TestBoundsMayChange(t *testing.T) {
	var set probes.Set
	for range 4 {
		start(t, &set, 0, probes.Bounds{Most: 4, Lifetime: s}, false)
	}
	full(t, &set, 0, probes.Bounds{Most: 2, Lifetime: s})
	inFlight(t, &set, 0, probes.Bounds{Most: 2, Lifetime: s}, 4)
	start(t, &set, 0, probes.Bounds{Most: 5, Lifetime: s}, false)
	start(t, &set, s, probes.Bounds{Most: 1, Lifetime: s}, false)
	inFlight(t, &set, s, probes.Bounds{Most: 1, Lifetime: 2 * s}, 6)
}

func TestEndTwiceGivesOnePlaceBack(t *testing.T) {
	var set probes.Set
	b := probes.Bounds{Most: 2, Lifetime: s}
	first, second := start(t, &set, 0, b, false), start(t, &set, 0, b, false)
	if _, ok := set.End(first); !ok {
		t.Error("a probe in flight has no place")
	}
	for _, id := range []uint32{first, 0, second + 1} {
		if started, ok := set.End(id); ok || started != 0 {
			t.Errorf("End(%d) = %v, %v, want 0s, false", id, started, ok)
		}
	}
	inFlight(t, &set, 0, b, 1)
}

func TestExpiryMakesRoom(t *testing.T) {
	var set probes.Set
	b := probes.Bounds{Most: 2, Lifetime: 10 * s}
	lost := start(t, &set, s, b, false)
	start(t, &set, 4*s, b, false)
	full(t, &set, 11*s-1, b)
	inFlight(t, &set, 11*s-1, b, 2)
	inFlight(t, &set, 11*s, b, 1)
	start(t, &set, 11*s, b, false)
	full(t, &set, 11*s, b)
	// The lost one comes back: it has a place to give up no more, yet is known.
	if started, ok := set.End(lost); !ok || started != s {
		t.Errorf("End of a lost probe = %v, %v, want 1s, true", started, ok)
	}
	full(t, &set, 11*s, b)
	inFlight(t, &set, 11*s, b, 2)
}

func TestLostProbesAreRememberedUpToALimit(t *testing.T) {
	var set probes.Set
	b := probes.Bounds{Most: 1, Lifetime: s}
	var ids []uint32
	for i := range 500 {
		ids = append(ids, start(t, &set, time.Duration(i)*s, b, false))
	}
	known := 0
	for i, id := range ids {
		started, ok := set.End(id)
		if ok {
			known++
		}
		if want := i >= len(ids)-remembered-1; ok != want {
			t.Fatalf("probe %d of %d is known: %v, want %v", i, len(ids), ok, want)
		}
		if ok && started != time.Duration(i)*s {
			t.Errorf("probe %d started at %v, want %v", i, started, time.Duration(i)*s)
		}
	}
	if known != remembered+1 {
		t.Errorf("%d probes are known, want the one in flight and %d lost ones", known, remembered)
	}
}

func TestEndAnonymousEndsTheOldest(t *testing.T) {
	var set probes.Set
	b := probes.Bounds{Most: 10, Lifetime: s}
	named := start(t, &set, 0, b, false)
	for i := range 3 {
		start(t, &set, time.Duration(i+1)*s/10, b, true)
	}
	for i := range 3 {
		if started, ok := set.EndAnonymous(); !ok || started != time.Duration(i+1)*s/10 {
			t.Errorf("EndAnonymous = %v, %v, want probe %d's start", started, ok, i)
		}
	}
	if _, ok := set.EndAnonymous(); ok {
		t.Error("a probe with a permit ended as an anonymous one")
	}
	inFlight(t, &set, s/2, b, 1)
	if _, ok := set.End(named); !ok {
		t.Error("the probe with a permit is gone")
	}
}

// An old id must not end a probe of a later period: ids go on.
func TestClearForgetsAllAndIDsGoOn(t *testing.T) {
	var set probes.Set
	b := probes.Bounds{Most: 2, Lifetime: s}
	old := start(t, &set, 0, b, false)
	start(t, &set, 0, b, true)
	set.Clear()
	inFlight(t, &set, 0, b, 0)
	fresh := start(t, &set, 0, b, false)
	if _, ok := set.End(old); ok || fresh == old {
		t.Errorf("id %d from before Clear ended a probe, or came again as %d", old, fresh)
	}
	if _, ok := set.EndAnonymous(); ok {
		t.Error("an anonymous probe outlived Clear")
	}
	inFlight(t, &set, 0, b, 1)
}

// known is a probe as a list without bounds has it.
type known struct {
	id        uint32
	anonymous bool
	start     time.Duration
}

// Random histories against that list.
func TestSetAgainstAList(t *testing.T) {
	for seed := range uint64(50) {
		src := rand.New(rand.NewPCG(seed, 3))
		b := probes.Bounds{Most: 1 + src.IntN(8), Lifetime: time.Duration(1+src.IntN(10)) * s}
		var set probes.Set
		var all []known
		now := time.Duration(0)
		for step := range 2000 {
			now += time.Duration(src.Int64N(int64(s)))
			n := 0
			for _, p := range all {
				if now-p.start < b.Lifetime {
					n++
				}
			}
			if got := set.InFlight(now, b); got != n {
				t.Fatalf("seed %d, step %d: %d in flight, want %d", seed, step, got, n)
			}
			switch src.IntN(5) {
			case 0, 1, 2:
				anonymous := src.IntN(2) == 0
				id, ok := set.Start(now, b, anonymous)
				if ok != (n < b.Most) {
					t.Fatalf("seed %d, step %d: Start with %d of %d in flight: %v", seed, step, n, b.Most, ok)
				}
				if ok {
					all = all[max(0, len(all)-n-remembered):]
					all = append(all, known{id, anonymous, now})
				}
			case 3:
				if len(all) > 0 {
					i := src.IntN(len(all))
					if started, ok := set.End(all[i].id); !ok || started != all[i].start {
						t.Fatalf("seed %d, step %d: End = %v, %v, want %v", seed, step, started, ok, all[i].start)
					}
					all = slices.Delete(all, i, i+1)
				}
			case 4:
				i := slices.IndexFunc(all, func(p known) bool { return p.anonymous })
				if started, ok := set.EndAnonymous(); ok != (i >= 0) || ok && started != all[i].start {
					t.Fatalf("seed %d, step %d: EndAnonymous = %v, %v", seed, step, started, ok)
				}
				if i >= 0 {
					all = slices.Delete(all, i, i+1)
				}
			}
		}
	}
}
