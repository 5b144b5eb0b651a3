package engine_test

import (
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
)

// free leases everything but a third refused call in a row.
func free() engine.Lease {
	l := always(2)
	l.Count = time.Hour
	return l
}

// Whatever takes the lock, what was decided on leases comes to the law before it, once.
func TestLeasedComesFirst(t *testing.T) {
	for _, tt := range []struct {
		name string
		lock func(c *engine.Core)
		want []string
	}{
		{"Locked", func(c *engine.Core) { c.Locked(func(time.Duration) {}) }, nil},
		{"Acquire", func(c *engine.Core) {
			p, _ := c.Acquire()
			p.Ignore()
		}, []string{"admit", "settle ignored"}},
		{"Allow", func(c *engine.Core) { _ = c.Allow() }, []string{"admit"}},
		{"Done", func(c *engine.Core) { c.Settle(1, circuit.Failure) }, []string{"settle failure"}},
		{"Mark", func(c *engine.Core) { c.Mark(circuit.Failure) }, []string{"mark failure"}},
		{"old news", func(c *engine.Core) { c.Settle(0, circuit.Success) }, nil},
		{"Snapshot", func(c *engine.Core) { c.Snapshot() }, []string{"show"}},
		{"SetMode", func(c *engine.Core) { _ = c.SetMode(circuit.ForceOpen) }, []string{"show", "reset"}},
		{"no mode", func(c *engine.Core) { _ = c.SetMode(circuit.Auto) }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, l := newLessor(0, free())
			for range 3 {
				c.Mark(circuit.Success)
			}
			refused(t, c, true)
			refused(t, c, true)
			l.wants(t, "before the lock is taken")
			tt.lock(c)
			l.wants(t, "when it is", append([]string{"leased 3 2"}, tt.want...)...)
			l.change(func() {})
			l.wants(t, "when it is again")
		})
	}
}

// Nothing is said of nothing.
func TestNothingLeased(t *testing.T) {
	c, l := newLessor(0, free())
	c.Mark(circuit.Failure)
	l.change(func() {})
	c.Mark(circuit.Success)
	l.change(func() {})
	refused(t, c, true)
	l.change(func() {})
	l.wants(t, "after a failure, a success and a refused call", "mark failure", "leased 1 0", "leased 0 1")
	wantTotal(t, c, circuit.Counts{Successes: 1, Failures: 1, Refused: 1})
}

// An event shows what was leased before it, too.
func TestEventShowsWhatWasLeased(t *testing.T) {
	c, l := newLessor(0, free())
	var before []circuit.Counts
	c.Observe(func(e circuit.Event) { before = append(before, e.Before.Total) })
	l.settling = func(circuit.Outcome) { c.Turn(circuit.Open, "test") }
	c.Mark(circuit.Success)
	c.Mark(circuit.Success)
	refused(t, c, true)
	c.Mark(circuit.Failure)
	want := circuit.Counts{Successes: 2, Failures: 1, Refused: 1}
	if len(before) != 1 || before[0] != want {
		t.Errorf("at the turn the totals were %+v, want %+v", before, want)
	}
}
