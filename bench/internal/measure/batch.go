package measure

import (
	"sync"
	"sync/atomic"
	"time"
)

// made is a case whose subject is there.
type made struct {
	Case
	Calls
}

// batch makes n calls, or somewhat more so that they part evenly among goroutines.
func (c *made) batch(n int) (took time.Duration, calls, refused int) {
	if c.Goroutines <= 1 {
		began := time.Now()
		refused = c.Loop(n)
		return time.Since(began), n, refused
	}
	portion := Grain * max(1, n/(Grain*portions*c.Goroutines))
	all := int64(max(1, (n+portion-1)/portion))
	var taken, no atomic.Int64
	var done sync.WaitGroup
	gate := make(chan struct{})
	for range c.Goroutines {
		done.Go(func() {
			<-gate
			for taken.Add(1) <= all {
				no.Add(int64(c.Loop(portion)))
			}
		})
	}
	began := time.Now()
	close(gate)
	done.Wait()
	return time.Since(began), int(all) * portion, int(no.Load())
}

// portions is how many each goroutine takes, about.
const portions = 8

// calibrate finds how many calls take about that long. It runs the case for longer.
func (c *made) calibrate(about time.Duration) int {
	const most = 1 << 30
	for n := 1; ; n *= 4 {
		took, calls, _ := c.batch(n)
		if took >= about/4 || n >= most {
			each := float64(took) / float64(calls)
			return min(most, max(c.least(), int(float64(about)/each)))
		}
	}
}

// least is the number of calls that gives each of several goroutines some.
func (c *made) least() int {
	if c.Goroutines <= 1 {
		return 1
	}
	return 2 * Grain * c.Goroutines
}

// runFor runs the case for that long, in batches of n calls at most.
func (c *made) runFor(long time.Duration, n int) {
	for began := time.Now(); time.Since(began) < long; {
		c.batch(n)
	}
}
