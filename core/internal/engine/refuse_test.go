package engine_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
)

func always(calls uint64) engine.Lease {
	return engine.Lease{Refuse: time.Hour, Calls: calls, Drop: 1}
}

// A lease for so many calls refuses so many, and the law decides on the next.
func TestCallsAreCounted(t *testing.T) {
	for _, calls := range []uint64{0, 1, 2, 7, 1000} {
		c, l := newLessor(0, always(calls))
		for round := uint64(1); round <= 3; round++ {
			for range calls {
				refused(t, c, true)
			}
			if l.asked != int(round-1) {
				t.Errorf("a lease to refuse %d calls ended before: the law was asked", calls)
			}
			refused(t, c, false)
			if l.asked != int(round) || l.refused != round*calls {
				t.Errorf("after %d rounds of %d calls and one the law was asked %d times, told of %d refused", round, calls, l.asked, l.refused)
			}
		}
		wantTotal(t, c, circuit.Counts{Refused: 3 * calls})
	}
}

// When the lock was taken meanwhile, the lease is given anew, for as many calls as the
// law then says: the law is asked for each eleventh call here, as if it hadn't been.
func TestCallsAreCountedFromTheLastLease(t *testing.T) {
	c, l := newLessor(0, engine.Lease{})
	l.next = func() engine.Lease { return always(10*uint64(l.asked+1) - l.refused) }
	l.change(func() {})
	for i := 1; i <= 330; i++ {
		if i%3 == 0 {
			c.Snapshot()
		}
		if i%7 == 0 {
			c.Mark(circuit.Failure)
		}
		refused(t, c, i%11 != 0)
		if l.asked != i/11 {
			t.Fatalf("of %d calls the law was asked for %d, want each 11th", i, l.asked)
		}
	}
	wantTotal(t, c, circuit.Counts{Failures: 47, Refused: 300})
}

// Many goroutines, too, are refused so many calls until the law is asked. When several
// find that there are no more, it is asked about each, for as many calls again.
func TestCallsAreCountedAmongMany(t *testing.T) {
	c, l := newLessor(0, engine.Lease{})
	l.next = func() engine.Lease {
		budget := 10 * uint64(l.asked+1)
		return always(budget - min(budget, l.refused))
	}
	l.change(func() {})
	w := crowd{goroutines: 16, each: 1000}
	w.run(c, 100)
	refused := w.refused.Load()
	c.Locked(func(time.Duration) {
		if asked := uint64(l.asked); asked != w.admitted.Load() || l.refused != refused ||
			refused > 10*(asked+1)+16 || refused+16*10 < 10*asked {
			t.Errorf("of %d calls %d were refused, as the law was told of %d, and %d asked about, want ten refused for each",
				w.begun.Load(), refused, l.refused, asked)
		}
	})
}

// A lease for so many calls ends when the lock is taken: one more would be refused than
// the law then knows of. A call waits, and is of those that the next lease is for.
func TestBoundedLeaseEndsWhenTheLockIsTaken(t *testing.T) {
	c, l := newLessor(0, always(5))
	for range 3 {
		refused(t, c, true)
	}
	done := make(chan struct{})
	l.change(func() {
		l.wants(t, "when the lock is taken", "leased 0 3")
		go func() {
			defer close(done)
			_ = c.Allow()
		}()
		for range 1000 {
			runtime.Gosched()
		}
		select {
		case <-done:
			t.Error("a call was refused while the lock was held")
		default:
		}
	})
	<-done
}

// Always is no bound, nor is a bound beyond what was ever refused.
func TestAlwaysIsNoBound(t *testing.T) {
	for _, calls := range []uint64{engine.Always, engine.Always >> 1, 1 << 40} {
		c, l := newLessor(0, always(calls))
		for i := range 3000 {
			refused(t, c, true)
			if i%1000 == 0 {
				c.Snapshot()
			}
		}
		if l.asked != 0 {
			t.Errorf("with %d calls the law was asked %d times, want never", calls, l.asked)
		}
	}
}
