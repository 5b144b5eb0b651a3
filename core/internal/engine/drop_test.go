package engine_test

import (
	"math"
	"slices"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
)

// sigmas is by how many standard deviations got of n throws differs from p.
func sigmas(got, n int, p float64) float64 {
	return math.Abs(float64(got)-float64(n)*p) / math.Sqrt(float64(n)*p*(1-p))
}

func calls(c *engine.Core, n int) (refused []bool) {
	for range n {
		refused = append(refused, c.Allow() != nil)
	}
	return refused
}

func number(refused []bool) (n int) {
	for _, r := range refused {
		if r {
			n++
		}
	}
	return n
}

// The share of calls that a lease refuses is its Drop. Those it lets through to the
// law are judged by the same throw: with the law's ratio the same they all pass, with a
// higher one in total that share is refused.
func TestDropIsTheShareRefused(t *testing.T) {
	for _, tt := range []struct {
		drop, ratio float64
		n           int
	}{{0.9, 0.9, 100_000}, {0.3, 0.6, 100_000}, {0.5, 0, 10_000}, {0.001, 0.0005, 10_000}} {
		n := tt.n
		c, l := newLessor(7, engine.Lease{Refuse: engine.Forever, Calls: engine.Always, Drop: tt.drop})
		l.ratio = tt.ratio
		got := number(calls(c, n))
		l.change(func() {}) // which tells the law of the last ones
		if off := sigmas(got, n, max(tt.drop, tt.ratio)); off > 5 {
			t.Errorf("drop %v, ratio %v: %d of %d calls are refused, %.1f sigma off", tt.drop, tt.ratio, got, n, off)
		}
		if off := sigmas(int(l.refused), n, tt.drop); off > 5 {
			t.Errorf("drop %v, ratio %v: the law was told of %d of %d refused, %.1f sigma off", tt.drop, tt.ratio, l.refused, n, off)
		}
		if tt.ratio <= tt.drop && l.dropped != 0 {
			t.Errorf("drop %v, ratio %v: the law refused %d calls that the lease had let through, want none", tt.drop, tt.ratio, l.dropped)
		}
		if l.asked+int(l.refused) != n || l.dropped+int(l.refused) != got {
			t.Errorf("drop %v, ratio %v: of %d calls %d were refused; the law heard of %d, refused %d and was told of %d",
				tt.drop, tt.ratio, n, got, l.asked, l.dropped, l.refused)
		}
		wantTotal(t, c, circuit.Counts{Refused: uint64(got)})
	}
}

// Each call is one throw of the dice, by whomever: so the same calls are refused with
// leases and without, whatever their share of the ratio.
func TestALeaseThrowsTheSameDice(t *testing.T) {
	const n = 3000
	const ratio = 0.4
	for _, seed := range []uint64{0, 1, 1 << 63} {
		var first []bool
		for _, drop := range []float64{-1, 0, 0.1, 0.39, 0.4} {
			c, l := newLessor(seed, engine.Lease{Refuse: engine.Forever, Calls: engine.Always, Drop: drop})
			if drop < 0 {
				l.change(func() { l.lease = engine.Lease{} })
			}
			l.ratio = ratio
			got := calls(c, n)
			if first == nil {
				first = got
			}
			if !slices.Equal(got, first) {
				t.Errorf("seed %d: with a lease to drop %v other calls are refused than without", seed, drop)
			}
		}
	}
}

// A lease that comes and goes leaves the sequence as it is.
func TestDiceGoOnAcrossLeases(t *testing.T) {
	lease := engine.Lease{Refuse: engine.Forever, Calls: engine.Always, Drop: 0.4}
	c, l := newLessor(3, lease)
	l.ratio = 0.4
	want := calls(c, 1000)

	c, l = newLessor(3, lease)
	l.ratio = 0.4
	var got []bool
	for i := range 100 {
		l.change(func() {
			l.lease = lease
			if i%2 == 1 {
				l.lease = engine.Lease{}
			}
		})
		got = append(got, calls(c, 10)...)
		c.Mark(circuit.Failure)
		c.Snapshot()
	}
	if !slices.Equal(got, want) {
		t.Error("other calls are refused when leases come and go")
	}
}

// The same seed refuses the same calls, another one others.
func TestSeedsRepeat(t *testing.T) {
	run := func(seed uint64) []bool {
		c, l := newLessor(seed, engine.Lease{Refuse: engine.Forever, Calls: engine.Always, Drop: 0.3})
		l.ratio = 0.5
		return calls(c, 500)
	}
	if !slices.Equal(run(5), run(5)) {
		t.Error("two cores of one seed refuse different calls")
	}
	if slices.Equal(run(5), run(6)) {
		t.Error("two cores of different seeds refuse the same calls")
	}
}

// The extremes of the dice, on the first call: a drop of 0 refuses nobody, and one of 1 everybody.
func TestExtremesOfLuck(t *testing.T) {
	const lowest, highest = 0, 0xcf9a04affa6badc0 // seeds for which luck 0 is 0, and 1<<64 - 1
	for _, seed := range []uint64{lowest, highest} {
		for _, drop := range []float64{0, 1} {
			c, l := newLessor(seed, engine.Lease{Refuse: engine.Forever, Calls: engine.Always, Drop: drop})
			refused(t, c, drop == 1)
			if byLease := l.asked == 0; byLease != (drop == 1) {
				t.Errorf("seed %#x, drop %v: the law was asked %d times", seed, drop, l.asked)
			}
		}
	}
	c, l := newLessor(lowest, engine.Lease{})
	l.ratio = 0x1p-70 // less than can be thrown
	refused(t, c, false)
}

// Calls beyond a lease's number throw no dice with it: the law does.
func TestACallBeyondTheLeaseIsThrownOnce(t *testing.T) {
	c, l := newLessor(1, always(3))
	l.ratio = 0.5
	refusals, n := 0, 4000
	for range n {
		for range 3 {
			refused(t, c, true)
		}
		if c.Allow() != nil {
			refusals++
		}
	}
	if off := sigmas(refusals, n, 0.5); off > 5 || l.asked != n || l.dropped != refusals {
		t.Errorf("of %d calls beyond their lease the law was asked for %d, and refused %d, %.1f sigma off a half", n, l.asked, refusals, off)
	}
	wantTotal(t, c, circuit.Counts{Refused: uint64(3*n + refusals)})
}
