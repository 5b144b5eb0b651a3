// Package dice makes the random sources of the engines.
package dice

import (
	"math/rand/v2"
	"sync"
	"time"
)

// latest is the time of the last source made, and how many were made at it before.
var latest struct {
	sync.Mutex
	at     int64
	number uint64
}

// New makes a source that is seeded by the time to the nanosecond: under virtual
// time, runs repeat. Of sources made one after the other at the same time, each
// has a seed of its own. A source is not safe for concurrent use.
func New() *rand.Rand { return rand.New(rand.NewPCG(seed())) }

// Source is what New makes, in place, for breakers that had better be small.
type Source struct{ pcg rand.PCG }

// NewSource makes a Source, seeded as by New.
func NewSource() (s Source) {
	s.pcg.Seed(seed())
	return s
}

// Float64 is that of [rand.Rand].
func (s *Source) Float64() float64 { return float64(s.pcg.Uint64()<<11>>11) / (1 << 53) }

func seed() (now, number uint64) {
	at := time.Now().UnixNano()
	latest.Lock()
	defer latest.Unlock()
	if at != latest.at {
		latest.at, latest.number = at, 0
	}
	latest.number++
	return uint64(at), latest.number
}
