package engine

import (
	"fmt"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// SetMode is [circuit.ModeSetter]'s.
func (c *Core) SetMode(m circuit.Mode) error {
	if _, err := m.MarshalText(); err != nil {
		return err
	}
	c.lock(dice{})
	defer c.unlock()
	c.base = m
	if !c.overridden {
		c.enter(m, "mode ")
	}
	return nil
}

// Override is [circuit.ModeSetter]'s.
func (c *Core) Override(m circuit.Mode, d time.Duration) error {
	if _, err := m.MarshalText(); err != nil {
		return err
	}
	if d < 0 {
		return fmt.Errorf("circuit: duration of the override is %v, must not be negative", d)
	}
	c.lock(dice{})
	defer c.unlock()
	c.overridden, c.ends = true, 0
	if end := c.now + d; d > 0 && end > c.now { // or it is beyond all times
		c.ends = end
	}
	c.enter(m, "override by mode ")
	return nil
}

// Release is [circuit.ModeSetter]'s.
func (c *Core) Release() {
	c.lock(dice{})
	defer c.unlock()
	c.release("released to mode ")
}

func (c *Core) release(reason string) {
	c.overridden, c.ends = false, 0
	c.enter(c.base, reason)
}

// enter puts m in force.
func (c *Core) enter(m circuit.Mode, reason string) {
	if m == c.mode {
		return
	}
	c.sealSuccesses()
	to := circuit.Closed
	if m == circuit.ForceOpen {
		to = circuit.Open
	}
	afresh := !c.Deciding() || m == circuit.ForceOpen || m == circuit.ForceClose
	if afresh && to != c.state {
		c.Turn(to, reason+m.String())
	} else if afresh {
		c.renew()
	}
	c.mode = m
	if afresh {
		c.law.Reset(c.now)
	}
}

// Observe is [circuit.Observable]'s.
func (c *Core) Observe(o circuit.Observer) (stop func()) { return c.events.Observe(o) }

// Snapshot is [circuit.Reporter]'s.
func (c *Core) Snapshot() circuit.Snapshot {
	c.lock(dice{})
	defer c.unlock()
	if c.counting() {
		c.sealSuccesses() // or a call that ends right now would be in flight twice
	}
	return c.snapshot()
}

func (c *Core) snapshot() circuit.Snapshot {
	s := circuit.Snapshot{
		Engine: c.refusal.Engine(), State: c.state, Since: c.start.Add(c.since),
		Mode: c.mode, BaseMode: c.base,
		Total: c.total, EventsDropped: c.events.Dropped(),
	}
	if c.ends != 0 {
		s.ModeEnds = c.start.Add(c.ends)
	}
	if r := c.rare.Load(); r != nil {
		s.Entered = r.entered
		if c.counting() {
			r.admissions.Take()
			s.Admitted = r.admissions.Taken()
			s.InFlight = s.Admitted - min(s.Admitted, c.settled()-r.uncounted)
		}
	}
	c.law.Show(c.now, &s)
	switch c.mode {
	case circuit.ForceOpen:
		s.DropRatio, s.RetryAfter = 1, 0
		if c.ends != 0 && c.base != circuit.ForceOpen {
			s.RetryAfter = c.ends - c.now
		}
	case circuit.ForceClose:
		s.DropRatio = 0
	}
	return s
}

func (c *Core) retryAfter() (time.Duration, bool) {
	after := c.Snapshot().RetryAfter
	return after, after > 0
}
