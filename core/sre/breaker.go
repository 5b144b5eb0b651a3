package sre

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/dice"
	"github.com/go-fusebox/fusebox/core/internal/engine"
	"github.com/go-fusebox/fusebox/core/internal/window"
)

// Breaker refuses calls by the formula. It is safe for concurrent use.
type Breaker struct {
	core *engine.Core
	law  *law
}

var _ interface {
	circuit.Acquirer
	circuit.Reporter
	circuit.Observable
	circuit.ModeSetter
	circuit.AdmissionCounter
} = (*Breaker)(nil)

// New makes a closed breaker, or returns what is wrong with c.
func New(c Config) (*Breaker, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.withDefaults()
	core := engine.New("sre", dice.New().Uint64())
	l := &law{core: core, config: c, window: window.New(c.Window, c.Buckets)}
	core.Govern(l)
	return &Breaker{core, l}, nil
}

// Allow is [circuit.Breaker]'s.
func (b *Breaker) Allow() error { return b.core.Allow() }

// MarkSuccess is [circuit.Breaker]'s.
func (b *Breaker) MarkSuccess() { b.core.Mark(circuit.Success) }

// MarkFailed is [circuit.Breaker]'s.
func (b *Breaker) MarkFailed() { b.core.Mark(circuit.Failure) }

// Acquire is [circuit.Acquirer]'s.
func (b *Breaker) Acquire() (circuit.Permit, error) { return b.core.Acquire() }

// Snapshot is [circuit.Reporter]'s.
func (b *Breaker) Snapshot() circuit.Snapshot { return b.core.Snapshot() }

// Observe is [circuit.Observable]'s.
func (b *Breaker) Observe(o circuit.Observer) (stop func()) { return b.core.Observe(o) }

// SetMode is [circuit.ModeSetter]'s.
func (b *Breaker) SetMode(m circuit.Mode) error { return b.core.SetMode(m) }

// Override is [circuit.ModeSetter]'s.
func (b *Breaker) Override(m circuit.Mode, d time.Duration) error { return b.core.Override(m, d) }

// Release is [circuit.ModeSetter]'s.
func (b *Breaker) Release() { b.core.Release() }

// CountAdmissions is [circuit.AdmissionCounter]'s.
func (b *Breaker) CountAdmissions() { b.core.CountAdmissions() }

// Update changes the settings of a live breaker, which keeps its state and what
// of its window is recent enough for the new one. When c is wrong it returns why,
// and changes nothing.
func (b *Breaker) Update(c Config) error {
	if err := c.Validate(); err != nil {
		return err
	}
	c = c.withDefaults()
	b.core.Change(func(now time.Duration) { b.law.update(now, c) })
	return nil
}

// Config is the settings in force, defaults filled in.
func (b *Breaker) Config() (c Config) {
	b.core.Locked(func(time.Duration) { c = b.law.config })
	return c
}
