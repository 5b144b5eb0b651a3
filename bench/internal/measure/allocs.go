package measure

import (
	"math"
	"runtime"
)

// allocs counts allocations per call, in a loop on one processor. Goroutines of
// the background may add a few: the least of several tries is without them.
func (c *made) allocs() float64 {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const tries, calls = 5, 1000
	least := math.Inf(1)
	var before, after runtime.MemStats
	for range tries {
		runtime.ReadMemStats(&before)
		c.Loop(calls)
		runtime.ReadMemStats(&after)
		least = min(least, float64(after.Mallocs-before.Mallocs)/calls)
	}
	return math.Round(100*least) / 100
}
