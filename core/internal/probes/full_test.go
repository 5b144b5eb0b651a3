package probes_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/internal/probes"
)

func TestFullUntilTheFirstPlaceIsFree(t *testing.T) {
	var set probes.Set
	b := probes.Bounds{Most: 2, Lifetime: 10 * s}
	free := func(now time.Duration) {
		t.Helper()
		if until, full := set.Full(now, b); full || until != 0 {
			t.Errorf("at %v Full = %v, %v, want 0s, false", now, until, full)
		}
	}
	fullUntil := func(now, want time.Duration) {
		t.Helper()
		if until, full := set.Full(now, b); !full || until != want {
			t.Errorf("at %v Full = %v, %v, want %v, true", now, until, full, want)
		}
	}
	free(0)
	first := start(t, &set, s, b, false)
	free(s)
	start(t, &set, 4*s, b, true)
	fullUntil(4*s, 11*s)
	fullUntil(11*s-1, 11*s)
	free(11 * s)
	start(t, &set, 11*s, b, false)
	fullUntil(11*s, 14*s)
	set.End(first) // lost: it had no place to give up
	fullUntil(11*s, 14*s)
	set.EndAnonymous()
	free(11 * s)
	start(t, &set, 12*s, b, false)
	fullUntil(12*s, 21*s)
	b.Most = 1
	fullUntil(12*s, 22*s) // now two are to end
	b.Most = 3
	free(12 * s)
	b.Most, b.Lifetime = 2, s
	free(12 * s)
	set.Clear()
	free(12 * s)
}

// In any history Full says what Start does, now and at each time until then.
func TestFullAgreesWithStart(t *testing.T) {
	for seed := range uint64(20) {
		src := rand.New(rand.NewPCG(seed, 11))
		b := probes.Bounds{Most: 1 + src.IntN(6), Lifetime: time.Duration(1 + src.Int64N(int64(3*s)))}
		var set probes.Set
		var ids []uint32
		now, wasFull := time.Duration(0), 0
		for step := range 1000 {
			switch src.IntN(8) {
			case 0, 1, 2:
				now += time.Duration(src.Int64N(int64(s)))
			case 3:
				if len(ids) > 0 {
					set.End(ids[src.IntN(len(ids))])
				}
			case 4:
				set.EndAnonymous()
			case 5:
				if src.IntN(20) == 0 {
					b.Most = 1 + src.IntN(6)
				}
			}
			until, full := set.Full(now, b)
			if full {
				wasFull++
				if set.InFlight(until-1, b) < b.Most || set.InFlight(until, b) >= b.Most || until <= now {
					t.Fatalf("seed %d, step %d: full until %v, but %d of %d are in flight just before, %d then",
						seed, step, until, set.InFlight(until-1, b), b.Most, set.InFlight(until, b))
				}
				for _, at := range []time.Duration{now, now + time.Duration(src.Int64N(int64(until-now))), until - 1} {
					if id, ok := set.Start(at, b, false); ok || id != 0 {
						t.Fatalf("seed %d, step %d: full from %v until %v, but there was a place at %v", seed, step, now, until, at)
					}
				}
				if src.IntN(4) > 0 {
					continue
				}
				now = until
			}
			id, ok := set.Start(now, b, src.IntN(2) == 0)
			if !ok {
				t.Fatalf("seed %d, step %d: no place at %v, though not full, or full until then", seed, step, now)
			}
			ids = append(ids, id)
		}
		if wasFull < 50 {
			t.Errorf("seed %d: full at %d of 1000 steps: this history proves little", seed, wasFull)
		}
	}
}
