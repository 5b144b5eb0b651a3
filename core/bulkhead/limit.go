package bulkhead

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// ErrFull is matched, through [errors.Is], by the error of every call that found no
// place. It matches [circuit.ErrNotAllowed] in its turn. How long to wait isn't known.
var ErrFull error = circuit.NewReject("bulkhead")

// Limit bounds the calls in flight. It is safe for concurrent use. [Bulkhead] is one;
// [Expiring] helps to make others.
type Limit interface {
	// Acquire takes a place, or returns an error that matches [ErrFull] and the zero
	// Permit. It doesn't wait. The Permit gives the place back, and tells the limit how
	// the call went.
	Acquire() (circuit.Permit, error)
	// Stats is what the limit shows of itself.
	Stats() Stats
}

// Stats are counts of one moment.
type Stats struct {
	InFlight int `json:"inFlight"` // calls that have a place
	Max      int `json:"max"`      // calls in flight, as the limit is now
	// Rejected is how many calls found no place, those that a Bulkhead only observed included.
	Rejected uint64 `json:"rejected"`
	// Expired is how many places were given to others since their calls had not ended
	// within Lifetime. It grows with calls that are lost, or a Lifetime that is too short.
	Expired uint64 `json:"expired"`
}

// Of finds the limit of the first [Guard] in b's chain.
func Of(b circuit.Breaker) (Limit, bool) {
	g, ok := circuit.As[*guard](b)
	if !ok {
		return nil, false
	}
	return g.limit, true
}

// lifetime is how long a place of l may be held.
func lifetime(l Limit) time.Duration {
	if l, ok := l.(interface{ Lifetime() time.Duration }); ok {
		return l.Lifetime()
	}
	return DefaultLifetime
}
