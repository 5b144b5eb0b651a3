package bulkhead

import (
	"errors"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/settings"
)

// Expiring makes the places of l expire, for a limit that knows nothing of lost calls:
// each permit of l is ended once, and is ended as Ignored when its call has not ended
// within lifetime, which is 1ms to 8760h, 0 being [DefaultLifetime]. l is also told how
// long each call took, as its Result's Duration, unless the call's own Result says so.
// Who uses the Limit that it returns must not use l itself.
func Expiring(l Limit, d time.Duration) (Limit, error) {
	if l == nil {
		return nil, errors.New("bulkhead: no limit to make expire")
	}
	d = settings.Or(d, DefaultLifetime)
	check := settings.NewCheck("bulkhead")
	checkLifetime(check, d)
	if err := check.Err(); err != nil {
		return nil, err
	}
	e := &expiring{limit: l, lifetime: d}
	e.places.open()
	return e, nil
}

type expiring struct {
	limit    Limit
	lifetime time.Duration
	places   places
	rejected uint64 // under the lock of places
}

func (e *expiring) Lifetime() time.Duration { return e.lifetime }

func (e *expiring) Acquire() (circuit.Permit, error) {
	permit, err := e.limit.Acquire()
	if err != nil && e.expire() {
		permit, err = e.limit.Acquire()
	}
	e.places.Lock()
	defer e.places.Unlock()
	if err != nil {
		e.rejected++
		return circuit.Permit{}, err
	}
	return e.places.take(e.places.clock(), permit), nil
}

// expire ends the permits of all calls whose time is over, and reports whether there
// were such. No lock is held meanwhile.
func (e *expiring) expire() (freed bool) {
	for {
		e.places.Lock()
		if !e.places.overdue(e.places.clock(), e.lifetime) {
			e.places.Unlock()
			return freed
		}
		permit := e.places.expire()
		e.places.Unlock()
		permit.Ignore()
		freed = true
	}
}

// Stats is [Limit]'s: Max is what the limit says, all else is counted here.
func (e *expiring) Stats() Stats {
	e.expire()
	s := e.limit.Stats()
	e.places.Lock()
	defer e.places.Unlock()
	return Stats{InFlight: e.places.taken, Max: s.Max, Rejected: e.rejected, Expired: e.places.expired}
}
