package engine_test

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
)

func TestAdmissionsAreCountedOnceAskedFor(t *testing.T) {
	c, _ := newLessor(0, engine.Lease{Admit: engine.Forever, Count: engine.Forever})
	before := acquire(t, c)
	acquire(t, c).Success()
	wants := func(admitted, inFlight uint64) {
		t.Helper()
		if s := c.Snapshot(); s.Admitted != admitted || s.InFlight != inFlight {
			t.Errorf("%d admitted, %d in flight, want %d, %d", s.Admitted, s.InFlight, admitted, inFlight)
		}
	}
	wants(0, 0)
	c.CountAdmissions()
	wants(0, 0)
	one, two := acquire(t, c), acquire(t, c)
	if err := c.Allow(); err != nil {
		t.Fatal(err)
	}
	wants(3, 3)
	c.CountAdmissions() // again: no fresh start
	wants(3, 3)
	one.Failure()
	two.Ignore()
	wants(3, 1)
	c.Mark(circuit.Success)
	wants(3, 0)
	before.Success() // was never counted: in flight is none, not one less than none
	wants(3, 0)
}

// Every path by which a call is admitted: by lease, by the law, in each mode.
func TestEveryAdmissionIsCounted(t *testing.T) {
	for _, lease := range []engine.Lease{{}, {Admit: engine.Forever}, {Admit: 1 << 40, Count: 1 << 40}} {
		for _, m := range []circuit.Mode{circuit.Auto, circuit.Observe, circuit.ForceClose, circuit.ForceOpen} {
			for _, refuse := range []bool{false, true} {
				c, l := newLessor(0, lease)
				l.refuse = refuse
				c.CountAdmissions()
				setMode(t, c, m)
				var admitted uint64
				for range 10 {
					if c.Allow() == nil {
						admitted++
					}
					if _, err := c.Acquire(); err == nil {
						admitted++
					}
				}
				if s := c.Snapshot(); s.Admitted != admitted || s.InFlight != admitted {
					t.Errorf("lease %+v, mode %v, refusing %v: %d admitted, %d in flight, want %d of each", lease, m, refuse, s.Admitted, s.InFlight, admitted)
				}
			}
		}
	}
}

// Many goroutines, and one that looks all the time: what is in flight is never more
// than there are goroutines, and none at the end.
func TestAdmissionsUnderConcurrency(t *testing.T) {
	const callers, calls = 16, 5000
	c, _ := newLessor(0, engine.Lease{Admit: engine.Forever, Count: engine.Forever, Firm: true})
	c.CountAdmissions()
	stop := make(chan struct{})
	var looking, calling sync.WaitGroup
	looking.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if s := c.Snapshot(); s.InFlight > callers {
				t.Errorf("%d calls are in flight, want %d at most", s.InFlight, callers)
				return
			}
		}
	})
	for range callers {
		calling.Go(func() {
			for range calls {
				permit, err := c.Acquire()
				if err != nil {
					t.Error(err)
					return
				}
				permit.Done(circuit.Outcome(rand.N(4)))
			}
		})
	}
	calling.Wait()
	close(stop)
	looking.Wait()
	s := c.Snapshot()
	if s.Admitted != callers*calls || s.InFlight != 0 {
		t.Errorf("%d admitted, %d in flight, want %d, 0", s.Admitted, s.InFlight, callers*calls)
	}
	if ended := s.Total.Successes + s.Total.Failures + s.Total.Ignored; ended != callers*calls {
		t.Errorf("%d calls ended, want %d", ended, callers*calls)
	}
}
