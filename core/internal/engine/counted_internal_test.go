package engine

import (
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// The cells of a counter have 40 bits. Where nobody takes a snapshot, it is admissions
// themselves that empty them.
func TestAdmissionsThatNobodyLooksAtAreNotLost(t *testing.T) {
	c, _ := newLazy()
	c.CountAdmissions()
	// As if all but two of them had been counted.
	(*atomic.Uint64)(unsafe.Pointer(c.rare.Load().admissions.Cell())).Store(1<<32 - 2)
	for i := range 4 {
		if err := c.Allow(); err != nil {
			t.Fatal(err)
		}
		if got, want := c.rare.Load().admissions.Taken() > 0, i >= 2; got != want {
			t.Errorf("after %d more they were taken: %v, want %v", i+1, got, want)
		}
	}
	if got := c.Snapshot().Admitted; got != 1<<32+2 {
		t.Errorf("%d admitted, want %d", got, uint64(1<<32+2))
	}
}

// The generation goes on and wraps while permits are counted, and a permit from before is
// of its generation still.
func TestGenerationsThatAreCounted(t *testing.T) {
	c, l := New("test", 0), &tally{}
	c.Govern(l)
	c.gen = lastGen
	before, _ := l.acquire(t, c)
	c.CountAdmissions()
	before()
	if l.settled != 1 {
		t.Error("the end of a call from before the counting did not reach the law")
	}
	l.turn(c, circuit.Open)
	if c.gen != counted|1 {
		t.Errorf("after the last generation comes %#x, want 1, counted", c.gen)
	}
	before()
	c.Settle(counted, circuit.Success)
	if l.settled != 1 {
		t.Error("an old outcome reached the law")
	}
	now, _ := l.acquire(t, c)
	if now(); l.settled != 2 {
		t.Error("the outcome of this generation did not reach the law")
	}
	c.Locked(func(time.Duration) {})
}

// meddled is a law during whose hearing of a lease calls go on.
type meddled struct {
	lazy
	meanwhile func()
}

func (m *meddled) Leased(now time.Duration, successes, refused uint64) {
	m.lazy.Leased(now, successes, refused)
	if f := m.meanwhile; f != nil {
		m.meanwhile = nil
		f()
	}
}

// A call that ended on a lease after a Snapshot had taken its successes, and the one that
// followed it, were once both in flight.
func TestCallThatEndsDuringASnapshotIsNotInFlight(t *testing.T) {
	c := New("test", 0)
	l := &meddled{lazy: lazy{core: c}}
	c.Govern(l)
	c.CountAdmissions()
	for range 2 {
		if err := c.Allow(); err != nil {
			t.Fatal(err)
		}
	}
	c.Mark(circuit.Success)
	l.meanwhile = func() {
		c.Mark(circuit.Success)
		if err := c.Allow(); err != nil {
			t.Error(err)
		}
	}
	if s := c.Snapshot(); s.Admitted != 3 || s.InFlight != 1 || s.Total.Successes != 2 {
		t.Errorf("%d admitted, %d in flight, %d succeeded, want 3, 1, 2", s.Admitted, s.InFlight, s.Total.Successes)
	}
}
