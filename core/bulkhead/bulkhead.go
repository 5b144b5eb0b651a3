package bulkhead

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// Bulkhead is a fixed limit. It is safe for concurrent use, and may be that of several
// Guards.
type Bulkhead struct {
	places   places
	config   Config // and all below, under the lock of places
	rejected uint64
}

var _ Limit = (*Bulkhead)(nil)

// New makes an empty bulkhead, or returns what is wrong with c.
func New(c Config) (*Bulkhead, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	b := &Bulkhead{config: c.withDefaults()}
	b.places.open()
	return b, nil
}

// Acquire is [Limit]'s.
func (b *Bulkhead) Acquire() (circuit.Permit, error) {
	b.places.Lock()
	defer b.places.Unlock()
	now := b.places.clock()
	if b.places.taken >= b.config.Max {
		b.expire(now)
	}
	if b.places.taken >= b.config.Max {
		b.rejected++
		if !b.config.Observe {
			return circuit.Permit{}, ErrFull
		}
	}
	return b.places.take(now, circuit.Permit{}), nil
}

// expire takes back all places whose time is over.
func (b *Bulkhead) expire(now time.Duration) {
	for b.places.overdue(now, b.config.Lifetime) {
		b.places.expire()
	}
}

// Stats is [Limit]'s.
func (b *Bulkhead) Stats() Stats {
	b.places.Lock()
	defer b.places.Unlock()
	b.expire(b.places.clock())
	return Stats{InFlight: b.places.taken, Max: b.config.Max, Rejected: b.rejected, Expired: b.places.expired}
}

// Update changes the settings of a live bulkhead. Calls in flight keep their places, as
// long as the new Lifetime allows: under a lower Max, no call is admitted until enough of
// them have ended. When c is wrong it returns why, and changes nothing.
func (b *Bulkhead) Update(c Config) error {
	if err := c.Validate(); err != nil {
		return err
	}
	b.places.Lock()
	defer b.places.Unlock()
	b.config = c.withDefaults()
	return nil
}

// Config is the settings in force, defaults filled in.
func (b *Bulkhead) Config() Config {
	b.places.Lock()
	defer b.places.Unlock()
	return b.config
}

// Lifetime is that of Config.
func (b *Bulkhead) Lifetime() time.Duration { return b.Config().Lifetime }
