package engine_test

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
)

func TestAdmissionsAreCountedOnceAskedFor(t *testing.T) {
	c, _ := newLessor(0, engine.Lease{Admit: engine.Forever, Count: engine.Forever})
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
	one.Failure()
	two.Ignore()
	wants(3, 1)
	c.CountAdmissions() // again: no fresh start
	wants(3, 1)
	c.Mark(circuit.Success)
	wants(3, 0)
	c.Mark(circuit.Failure) // of a call from before, maybe: not one less than none
	wants(3, 0)
}

// A service is under load when its metrics are switched on. Calls that were in flight then
// were once taken off when they ended, and left too few in flight for good.
func TestCallsFromBeforeAreNotTakenOff(t *testing.T) {
	for _, lease := range []engine.Lease{{}, {Admit: engine.Forever, Count: engine.Forever}, {Admit: 1 << 40, Count: 1 << 40}} {
		for _, refuse := range []bool{false, true} {
			c, l := newLessor(0, lease)
			l.refuse = refuse
			setMode(t, c, circuit.Observe) // in which a call may be one that would be refused
			var before, after []circuit.Permit
			for range 8 {
				before = append(before, acquire(t, c))
			}
			c.Mark(circuit.Success)
			c.CountAdmissions()
			for range 8 {
				after = append(after, acquire(t, c))
			}
			heard := uint64(l.settled) + l.successes
			for i := range 8 {
				o := circuit.Outcome(i % 4)
				before[i].Done(o)
				if s := c.Snapshot(); s.Admitted != 8 || s.InFlight != uint64(8-i) {
					t.Errorf("lease %+v, refusing %v: a call from before ended: %d admitted, %d in flight, want 8, %d", lease, refuse, s.Admitted, s.InFlight, 8-i)
				}
				after[i].Done(o)
			}
			if s := c.Snapshot(); s.InFlight != 0 || s.Total.Successes != 5 {
				t.Errorf("lease %+v, refusing %v: at the end %d are in flight, %d succeeded, want 0, 5", lease, refuse, s.InFlight, s.Total.Successes)
			}
			want := uint64(16)
			if refuse && lease.Admit == 0 {
				want = 0 // they were to be refused
			}
			if got := uint64(l.settled) + l.successes - heard; got != want {
				t.Errorf("lease %+v, refusing %v: the law heard of %d ends, want %d", lease, refuse, got, want)
			}
		}
	}
}

// A lease that holds forever does so for calls that are counted, too.
func TestForeverWhileAdmissionsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, l := newLessor(0, engine.Lease{Admit: engine.Forever, Count: engine.Forever})
		c.CountAdmissions()
		for range 10 {
			time.Sleep(20 * 365 * 24 * time.Hour)
			refused(t, c, false)
			c.Mark(circuit.Success)
			acquire(t, c).Success()
		}
		l.wants(t, "after 200 years")
	})
}

// Calls go on while the counting begins: of each it is certain whether it counts, and the
// law hears of all that is decided on leases.
func TestCountAdmissionsUnderTraffic(t *testing.T) {
	const callers = 8
	for round := range 200 {
		c, l := newLessor(0, engine.Lease{Admit: engine.Forever, Count: engine.Forever, Firm: true})
		var stop atomic.Bool
		var begun, calling sync.WaitGroup
		begun.Add(callers)
		for i := range callers {
			calling.Go(func() {
				for n := 0; n == 0 || !stop.Load(); n++ {
					permit, err := c.Acquire()
					if err != nil {
						t.Error(err)
					}
					if n == 0 {
						begun.Done()
					}
					permit.Done(circuit.Outcome((n + i) % 2))
				}
			})
		}
		begun.Wait()
		c.CountAdmissions()
		stop.Store(true)
		calling.Wait()
		acquire(t, c)
		if s := c.Snapshot(); s.InFlight != 1 {
			t.Fatalf("round %d: %d calls are in flight of %d admitted, want 1", round, s.InFlight, s.Admitted)
		}
		if total := c.Snapshot().Total; l.successes+uint64(l.settled) != total.Successes+total.Failures {
			t.Fatalf("round %d: the law heard of %d successes on leases and %d ends, of %+v", round, l.successes, l.settled, total)
		}
	}
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

func TestCountAdmissionsUnderRefusals(t *testing.T) {
	for round := range 200 {
		c, l := newLessor(0, engine.Lease{Refuse: engine.Forever, Calls: engine.Always, Drop: 1})
		l.refuse = true
		var stop atomic.Bool
		var begun, calling sync.WaitGroup
		begun.Add(4)
		for range 4 {
			calling.Go(func() {
				begun.Done()
				for !stop.Load() {
					_ = c.Allow()
				}
			})
		}
		begun.Wait()
		c.CountAdmissions()
		stop.Store(true)
		calling.Wait()
		if s := c.Snapshot(); s.Admitted != 0 || l.refused+uint64(l.dropped) != s.Total.Refused {
			t.Fatalf("round %d: %d were admitted, the law heard of %d refused on leases and refused %d, of %d", round, s.Admitted, l.refused, l.dropped, s.Total.Refused)
		}
	}
}
