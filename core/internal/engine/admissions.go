package engine

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/spread"
)

// rare is what most breakers can do without for most of their time.
type rare struct {
	entered    circuit.Entries
	admissions spread.Counter // of permits that are counted
	uncounted  uint64         // ends of other permits, and all ends from before
}

// more is c.rare, which it makes. The lock is held.
func (c *Core) more() *rare {
	if c.rare.Load() == nil {
		c.rare.Store(new(rare))
	}
	return c.rare.Load()
}

// CountAdmissions is [circuit.AdmissionCounter]'s.
func (c *Core) CountAdmissions() {
	c.lock(dice{})
	defer c.unlock()
	if c.counting() {
		return
	}
	c.sealSuccesses() // leases are for permits that aren't counted
	c.sealRefusals()
	c.more().uncounted = c.settled()
	c.gen |= counted
}

// counting reports whether permits are counted from now on.
func (c *Core) counting() bool { return c.gen&counted != 0 }

// settled is the number of calls that ended.
func (c *Core) settled() uint64 { return c.total.Successes + c.total.Failures + c.total.Ignored }

// countAdmission does so if the permit is one that is counted. Leases that need no clock
// pass by it as long as none is.
func (c *Core) countAdmission(token uint64) {
	if token&counted == 0 {
		return
	}
	counter := &c.rare.Load().admissions
	for {
		cell := counter.Cell()
		state := cell.Read()
		if spread.Count(state) >= farPace { // nobody has looked for long
			c.Locked(func(time.Duration) { counter.Take() })
		} else if counter.Add(cell, state) {
			return
		}
	}
}
