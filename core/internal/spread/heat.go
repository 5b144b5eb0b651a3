package spread

import "sync/atomic"

// heat tells a counter that goroutines fight for from one at which two meet now and
// then: the share of counts in which another one came between is at least
// collisions/among. Its own races make it a little wrong, and do no harm.
type heat struct {
	from  atomic.Uint64 // the count at the first of these collisions
	times atomic.Uint32
}

const (
	collisions = 16
	among      = 4096
)

// collided takes a collision at that count, and reports whether it is hot.
func (h *heat) collided(count uint64) bool {
	if count-h.from.Load() >= among {
		h.from.Store(count)
		h.times.Store(0)
	}
	return h.times.Add(1) >= collisions
}
