package engine

import (
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
	if m == c.mode {
		return nil
	}
	c.sealSuccesses()
	wasDeciding := c.deciding()
	to := circuit.Closed
	if m == circuit.ForceOpen {
		to = circuit.Open
	}
	if afresh := !wasDeciding || m == circuit.ForceOpen || m == circuit.ForceClose; afresh {
		if to != c.state {
			c.Turn(to, "mode "+m.String())
		} else {
			c.renew()
		}
		c.law.Reset(c.now)
	}
	c.mode = m
	return nil
}

// Observe is [circuit.Observable]'s.
func (c *Core) Observe(o circuit.Observer) (stop func()) { return c.events.Observe(o) }

// Snapshot is [circuit.Reporter]'s.
func (c *Core) Snapshot() circuit.Snapshot {
	c.lock(dice{})
	defer c.unlock()
	return c.snapshot()
}

func (c *Core) snapshot() circuit.Snapshot {
	s := circuit.Snapshot{State: c.state, Mode: c.mode, Since: c.start.Add(c.since), Total: c.total}
	c.law.Show(c.now, &s)
	switch c.mode {
	case circuit.ForceOpen:
		s.DropRatio = 1
	case circuit.ForceClose:
		s.DropRatio = 0
	}
	return s
}

func (c *Core) retryAfter() (time.Duration, bool) {
	after := c.Snapshot().RetryAfter
	return after, after > 0
}
