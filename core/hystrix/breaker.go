package hystrix

import (
	"errors"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/dice"
	"github.com/go-fusebox/fusebox/core/internal/engine"
	"github.com/go-fusebox/fusebox/core/internal/window"
)

// Breaker opens when too many calls fail. It is safe for concurrent use.
type Breaker struct {
	core    *engine.Core
	plugged *plugged // nil without options
}

var _ interface {
	circuit.Acquirer
	circuit.Reporter
	circuit.Observable
	circuit.ModeSetter
	circuit.AdmissionCounter
} = (*Breaker)(nil)

// New makes a closed breaker, or returns what is wrong with c or an option.
func New(c Config, opts ...Option) (*Breaker, error) {
	plugged, err := newPlugged(opts)
	if err := errors.Join(c.validate(plugged.opens()), err); err != nil {
		return nil, err
	}
	c = c.withDefaults()
	core := engine.New("hystrix", 0)
	l := &law{core: core, config: c, dice: dice.NewSource(), window: window.New(c.Window, c.Buckets), plugged: plugged}
	core.Govern(l)
	b := &Breaker{core, plugged}
	plugged.bind(b)
	return b, nil
}

func (b *Breaker) law() *law { return b.core.Law().(*law) }

// Allow is [circuit.Breaker]'s.
func (b *Breaker) Allow() error {
	if b.plugged != nil {
		_, err := b.plugged.token(true)
		return err
	}
	return b.core.Allow()
}

// MarkSuccess is [circuit.Breaker]'s.
func (b *Breaker) MarkSuccess() { b.mark(circuit.Success) }

// MarkFailed is [circuit.Breaker]'s.
func (b *Breaker) MarkFailed() { b.mark(circuit.Failure) }

func (b *Breaker) mark(o circuit.Outcome) {
	if b.plugged != nil {
		b.plugged.mark(o)
		return
	}
	b.core.Mark(o)
}

// Acquire is [circuit.Acquirer]'s.
func (b *Breaker) Acquire() (circuit.Permit, error) {
	if b.plugged != nil {
		return b.plugged.acquire()
	}
	return b.core.Acquire()
}

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
// of its window is recent enough for the new one; an open breaker finishes the
// sleep window that it is in. When c is wrong it returns why, and changes nothing.
func (b *Breaker) Update(c Config) error {
	if err := c.validate(b.plugged.opens()); err != nil {
		return err
	}
	c = c.withDefaults()
	b.core.Change(func(now time.Duration) { b.law().update(now, c) })
	return nil
}

// Config is the settings in force, defaults filled in.
func (b *Breaker) Config() (c Config) {
	b.core.Locked(func(time.Duration) { c = b.law().config })
	return c
}
