package engine_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
)

// ForceOpen refuses without the lock, the law and the clock.
func TestForceOpenRefusesByLease(t *testing.T) {
	c, l := newLessor(0, lazily)
	setMode(t, c, circuit.ForceOpen)
	l.log = nil
	unlocked(t, c, func() {
		for range 1000 {
			refused(t, c, true)
			if _, err := c.Acquire(); err == nil {
				t.Error("Acquire was admitted")
			}
		}
	})
	l.change(func() {})
	l.wants(t, "after 2000 refused calls")
	if l.refused != 0 || l.asked != 0 {
		t.Errorf("the law heard of %d refused and was asked %d times, want 0", l.refused, l.asked)
	}
	wantTotal(t, c, circuit.Counts{Refused: 2000})
	setMode(t, c, circuit.Auto)
	unlocked(t, c, func() { refused(t, c, false) })
	if l.refused != 0 {
		t.Errorf("back in Auto the law heard of %d refused, want 0", l.refused)
	}
}

// ForceClose admits and counts without them.
func TestForceCloseAdmitsByLease(t *testing.T) {
	c, l := newLessor(0, always(engine.Always))
	setMode(t, c, circuit.ForceClose)
	l.log = nil
	unlocked(t, c, func() {
		for range 1000 {
			refused(t, c, false)
			acquire(t, c).Success()
			c.Mark(circuit.Success)
		}
	})
	l.change(func() {})
	l.wants(t, "after 2000 successes")
	wantTotal(t, c, circuit.Counts{Successes: 2000})
	setMode(t, c, circuit.Auto)
	unlocked(t, c, func() { refused(t, c, true) })
	if l.successes != 0 || l.asked != 0 {
		t.Errorf("the law heard of %d successes and was asked %d times, want 0", l.successes, l.asked)
	}
}

// Observe puts every call that a lease would refuse to the law, and counts what it
// would have done; the leases to admit and to count are as in Auto.
func TestObserveNeverRefusesByLease(t *testing.T) {
	for _, drop := range []float64{0.5, 1} {
		c, l := newLessor(0, engine.Lease{Refuse: engine.Forever, Calls: engine.Always, Drop: drop})
		l.refuse = true
		setMode(t, c, circuit.Observe)
		for range 100 {
			refused(t, c, false)
			acquire(t, c).Failure()
		}
		if l.asked != 200 || l.refused != 0 {
			t.Errorf("drop %v: the law was asked for %d calls and told of %d refused, want 200 and 0", drop, l.asked, l.refused)
		}
		wantTotal(t, c, circuit.Counts{Failures: 100, WouldRefuse: 200})
	}
	c, l := newLessor(0, lazily)
	setMode(t, c, circuit.Observe)
	l.log = nil
	unlocked(t, c, func() {
		refused(t, c, false)
		acquire(t, c).Success()
	})
	l.change(func() {})
	l.wants(t, "in Observe", "leased 1 0")
}

// From Auto to Observe and back, leases go on: it is the same law in the same state.
func TestObserveKeepsTheGeneration(t *testing.T) {
	c, l := newLessor(0, lazily)
	p := acquire(t, c)
	setMode(t, c, circuit.Observe)
	q := acquire(t, c)
	setMode(t, c, circuit.Auto)
	l.log = nil
	p.Success()
	q.Success()
	l.change(func() {})
	l.wants(t, "after both", "leased 2 0")
}

// What one mode's lease let pass before a change of mode is the law's business if that
// mode was one in which it decides, and no other.
func TestAChangeOfModeEndsLeases(t *testing.T) {
	for _, tt := range []struct {
		from, to circuit.Mode
		want     []string
	}{
		{circuit.Auto, circuit.ForceOpen, []string{"leased 2 0", "show", "reset", "show"}},
		{circuit.Auto, circuit.ForceClose, []string{"leased 2 0", "reset", "show"}},
		{circuit.Auto, circuit.Observe, []string{"leased 2 0", "show"}},
		{circuit.Observe, circuit.ForceClose, []string{"leased 2 0", "reset", "show"}},
		{circuit.ForceClose, circuit.Auto, []string{"reset", "show"}},
		{circuit.ForceClose, circuit.Observe, []string{"reset", "show"}},
		{circuit.ForceClose, circuit.ForceOpen, []string{"show", "reset", "show"}},
	} {
		c, l := newLessor(0, lazily)
		setMode(t, c, tt.from)
		l.log = nil
		p := acquire(t, c)
		acquire(t, c).Success()
		c.Mark(circuit.Success)
		setMode(t, c, tt.to)
		l.wants(t, tt.from.String()+" to "+tt.to.String(), tt.want...)
		p.Success() // old news, but from Auto to Observe
		l.change(func() {})
		if tt.from == circuit.Auto && tt.to == circuit.Observe {
			l.wants(t, "a permit from Auto in Observe", "leased 1 0")
		}
		l.wants(t, "a permit of "+tt.from.String()+" in "+tt.to.String())
		wantTotal(t, c, circuit.Counts{Successes: 3})
	}
}

// A change of mode ends the lease to count before it does anything else, so that a
// success is of the mode before or of the one after.
func TestSuccessesWaitForAChangeOfMode(t *testing.T) {
	c, l := newLessor(0, lazily)
	c.Mark(circuit.Success)
	done := make(chan struct{})
	l.reset = func() {
		l.wants(t, "before the change", "leased 1 0", "reset")
		go func() {
			defer close(done)
			c.Mark(circuit.Success)
		}()
		for range 1000 {
			runtime.Gosched()
		}
		select {
		case <-done:
			t.Error("a success was counted during the change of mode")
		default:
		}
	}
	setMode(t, c, circuit.ForceClose)
	<-done
	l.log = nil
	wantTotal(t, c, circuit.Counts{Successes: 2})
	if l.successes != 1 || l.settled != 0 {
		t.Errorf("the law heard of %d successes leased and %d settled, want only the one before the change", l.successes, l.settled)
	}
}

// Successes that others count while SetMode holds the lock are in the total once.
func TestSuccessesDuringAChangeOfMode(t *testing.T) {
	c, l := newLessor(0, lazily)
	const n = 20_000
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range n {
			c.Mark(circuit.Success)
		}
	}()
	modes := []circuit.Mode{circuit.ForceClose, circuit.ForceOpen, circuit.Observe, circuit.Auto}
	for i, running := 0, true; running; i++ {
		setMode(t, c, modes[i%len(modes)])
		select {
		case <-done:
			running = false
		default:
		}
	}
	wantTotal(t, c, circuit.Counts{Successes: n})
	c.Locked(func(time.Duration) {
		if heard := l.successes + uint64(l.settled); heard > n {
			t.Errorf("of %d successes the law heard of %d", n, heard)
		}
	})
}
