package engine_test

import (
	"math/bits"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
)

// looks is at how many successes the clock is looked at, by the Pace of a lease.
func looks(pace uint64) uint64 {
	return min(64, uint64(1)<<max(0, bits.Len64(pace)-1))
}

// late is how many successes go uncounted-for after the lease is over, when so many
// were counted before: until one looks at the clock, and comes to the law.
func late(t *testing.T, pace uint64, before int) (n uint64) {
	synctest.Test(t, func(t *testing.T) {
		c, l := newLessor(0, engine.Lease{Count: 4 * step, Pace: pace})
		time.Sleep(4*step - 1)
		for range before {
			c.Mark(circuit.Success)
		}
		time.Sleep(time.Nanosecond)
		for c.Mark(circuit.Success); l.settled == 0; c.Mark(circuit.Success) {
			n++
		}
		if got := l.successes - uint64(before); got != n {
			t.Errorf("at pace %d, of %d late successes the law was told of %d", pace, n, got)
		}
		wantTotal(t, c, circuit.Counts{Successes: uint64(before) + n + 1})
	})
	return n
}

// With pace 1 no success is late.
func TestEachSuccessSeesTheClock(t *testing.T) {
	for _, pace := range []uint64{0, 1} {
		for before := range 100 {
			if n := late(t, pace, before); n != 0 {
				t.Errorf("with pace %d, %d successes after %d came late, want none", pace, n, before)
			}
		}
	}
}

// With a greater one all but the last of so many may be, and never more.
func TestAtMostPaceLessOneAreLate(t *testing.T) {
	for pace := uint64(2); pace <= 64; pace++ {
		p, worst := looks(pace), uint64(0)
		for _, before := range []int{0, 1, 2, int(p) - 1, int(p), int(p) + 1, 3*int(p) - 2, 100} {
			n := late(t, pace, before)
			worst = max(worst, n)
			if want := p - 1 - uint64(before)%p; n != want {
				t.Errorf("with pace %d, %d successes came late after %d, want %d", pace, n, before, want)
			}
		}
		if worst != p-1 || worst > pace-1 {
			t.Errorf("with pace %d at most %d successes came late, want %d", pace, worst, p-1)
		}
	}
}

// A pace beyond 64 is 64.
func TestPaceIsBounded(t *testing.T) {
	for _, pace := range []uint64{65, 127, 128, 1 << 20, 1 << 40, 1<<64 - 1} {
		if n := late(t, pace, 0); n != 63 {
			t.Errorf("with pace %d, %d successes came late, want 63", pace, n)
		}
	}
}

// Who holds the lock has looked at the clock: the count to the next look begins anew.
func TestPaceBeginsAnewAtTheLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, l := newLessor(0, engine.Lease{Count: 4 * step, Pace: 8})
		for range 5 {
			c.Mark(circuit.Success)
		}
		c.Snapshot()
		time.Sleep(4 * step)
		for range 7 {
			c.Mark(circuit.Success)
		}
		if l.settled != 0 {
			t.Error("one of 7 successes looked at the clock, want the 8th")
		}
		c.Mark(circuit.Success)
		if l.settled != 1 || l.successes != 12 {
			t.Errorf("%d successes were leased and %d settled, want 12 and 1", l.successes, l.settled)
		}
	})
}

// After 128 looks at the clock the law is asked for a pace again; with the last one, 64,
// there is none to ask for.
func TestLawIsAskedAgainForThePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, l := newLessor(0, engine.Lease{})
		want := uint64(0)
		for _, pace := range []uint64{1, 2, 4, 7, 8, 16, 33, 63} {
			l.change(func() { l.lease = engine.Lease{Count: time.Hour, Pace: pace} })
			l.successes, l.settled, l.leases = 0, 0, 0
			for range 128*looks(pace) - 1 {
				c.Mark(circuit.Success)
				want++
			}
			if l.leases != 0 {
				t.Errorf("with pace %d the law was asked for %d leases before 128 looks", pace, l.leases)
			}
			c.Mark(circuit.Success)
			want++
			if l.leases != 1 || l.settled != 1 || l.successes != 128*looks(pace)-1 {
				t.Errorf("with pace %d, after 128 looks, the law was asked for %d leases, with %d successes leased and %d settled, want 1, %d, 1",
					pace, l.leases, l.successes, l.settled, 128*looks(pace)-1)
			}
		}
		l.change(func() { l.lease = engine.Lease{Count: time.Hour, Pace: 64} })
		l.leases = 0
		for range 3 * 128 * 64 {
			c.Mark(circuit.Success)
			want++
		}
		if l.leases != 0 {
			t.Errorf("with the last pace the law was asked for %d leases, want none", l.leases)
		}
		wantTotal(t, c, circuit.Counts{Successes: want})
	})
}

// A lease is taken up at the pace that came with it.
func TestPaceComesWithItsLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, l := newLessor(0, engine.Lease{Count: engine.Forever, Pace: 64})
		c.Mark(circuit.Success)
		l.change(func() { l.lease = engine.Lease{Count: step} })
		time.Sleep(step)
		c.Mark(circuit.Success)
		if l.settled != 1 {
			t.Error("the success after the lease's end didn't come to the law")
		}
		l.change(func() { l.lease = engine.Lease{Count: engine.Forever, Pace: 1} })
		l.settled = 0
		time.Sleep(time.Hour)
		for range 1000 {
			c.Mark(circuit.Success)
		}
		if l.settled != 0 {
			t.Errorf("%d successes of 1000 came to the law on a lease forever", l.settled)
		}
	})
}
