package engine_test

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
)

// crowd makes calls from many goroutines, and counts how they end.
type crowd struct {
	goroutines, each int
	begun            atomic.Uint64
	admitted         atomic.Uint64
	refused          atomic.Uint64
	successes        atomic.Uint64
	failures         atomic.Uint64
}

func (w *crowd) run(c *engine.Core, failures int) {
	var callers sync.WaitGroup
	for g := range w.goroutines {
		callers.Go(func() {
			src := rand.New(rand.NewPCG(uint64(g), 9))
			for i := range w.each {
				if i%8 == 0 {
					c.Snapshot() // for the next lease
				}
				w.begun.Add(1)
				var p circuit.Permit
				var err error
				if i%3 == 0 {
					err = c.Allow()
				} else {
					p, err = c.Acquire()
				}
				if err != nil {
					w.refused.Add(1)
					continue
				}
				w.admitted.Add(1)
				o := circuit.Success
				if src.IntN(100) < failures {
					o = circuit.Failure
					w.failures.Add(1)
				} else {
					w.successes.Add(1)
				}
				if i%3 == 0 {
					c.Mark(o)
				} else {
					p.Done(o)
				}
			}
		})
	}
	callers.Wait()
}

// leases are those of a moody law: a new one each time.
func leases(seed uint64) func() engine.Lease {
	src := rand.New(rand.NewPCG(seed, 1))
	return func() (l engine.Lease) {
		switch src.IntN(6) {
		case 0:
			l = lazily
		case 1:
			l.Count = engine.Forever
		case 2:
			l.Admit = time.Hour
		default:
			l.Refuse, l.Calls, l.Drop = engine.Forever, uint64(src.IntN(20)), src.Float64()
			if src.IntN(2) == 0 {
				l.Drop = 1
			}
			if src.IntN(4) == 0 {
				l.Count, l.Pace = time.Hour, uint64(src.IntN(9))
			}
		}
		return l
	}
}

// Leases come and go with every lock here. In the end each outcome is in the total once,
// and so is each refused call; and each success came to the law once, too.
func TestTotalsWithLeasesThatComeAndGo(t *testing.T) {
	for _, failures := range []int{0, 1, 30} {
		c, l := newLessor(0, engine.Lease{})
		l.next, l.ratio = leases(uint64(failures)), 0.3
		w := crowd{goroutines: 32, each: 1000}
		w.run(c, failures)
		want := circuit.Counts{
			Successes: w.successes.Load(),
			Failures:  w.failures.Load(),
			Refused:   w.refused.Load(),
		}
		wantTotal(t, c, want)
		c.Locked(func(time.Duration) {
			if got := l.successes + uint64(l.settled) - want.Failures; got != want.Successes {
				t.Errorf("of %d successes the law heard of %d", want.Successes, got)
			}
			if got := l.refused + uint64(l.dropped); got != want.Refused {
				t.Errorf("of %d refused calls the law heard of %d", want.Refused, got)
			}
			if l.asked < 1000 || l.refused < 1000 || l.successes < 1000 || l.settled < 1000 {
				t.Errorf("%d asked, %d refused on a lease, %d successes on a lease, %d settled: this test proves little",
					l.asked, l.refused, l.successes, l.settled)
			}
		})
	}
}

// A Snapshot shows each call that was refused before it, and none that wasn't.
func TestSnapshotShowsWhatWasRefused(t *testing.T) {
	c, l := newLessor(0, engine.Lease{})
	l.next, l.ratio = leases(5), 0.5
	w := crowd{goroutines: 8, each: 3000}
	var watching sync.WaitGroup
	var done atomic.Bool
	watching.Go(func() {
		for !done.Load() {
			admitted, refused := w.admitted.Load(), w.refused.Load()
			got := c.Snapshot().Total.Refused
			if most := w.begun.Load() - admitted; got < refused || got > most {
				t.Errorf("a Snapshot has %d refused calls, want from %d to %d", got, refused, most)
				return
			}
		}
	})
	w.run(c, 5)
	done.Store(true)
	watching.Wait()
	wantTotal(t, c, circuit.Counts{Successes: w.successes.Load(), Failures: w.failures.Load(), Refused: w.refused.Load()})
}

// With turns, too, each success comes to the law at most once, and the total is exact.
func TestTotalsWithLeasesAndTurns(t *testing.T) {
	c, l := newLessor(0, engine.Lease{})
	l.next = leases(6)
	states := []circuit.State{circuit.Open, circuit.HalfOpen, circuit.Closed}
	turns := 0
	l.settling = func(o circuit.Outcome) {
		if o == circuit.Failure {
			c.Turn(states[turns%3], "test")
			turns++
		}
	}
	w := crowd{goroutines: 32, each: 1000}
	w.run(c, 10)
	want := circuit.Counts{
		Successes: w.successes.Load(),
		Failures:  w.failures.Load(),
		Refused:   w.refused.Load(),
	}
	wantTotal(t, c, want)
	c.Locked(func(time.Duration) {
		if heard := l.successes + uint64(l.settled); heard > want.Successes+want.Failures || turns < 100 {
			t.Errorf("of %d outcomes the law heard of %d, with %d turns", want.Successes+want.Failures, heard, turns)
		}
	})
}
