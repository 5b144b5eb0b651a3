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
func New() *rand.Rand {
	now := time.Now().UnixNano()
	latest.Lock()
	defer latest.Unlock()
	if now != latest.at {
		latest.at, latest.number = now, 0
	}
	latest.number++
	return rand.New(rand.NewPCG(uint64(now), latest.number))
}
