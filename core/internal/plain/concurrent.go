package plain

import (
	"sync"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
)

// Storm sends the same through both by many goroutines, while time stands still: first
// successes, then failures, then calls. The order can't matter: failures are all by
// permits that were there before, or all without one.
func (p *Pair) Storm(goroutines, each int, bare bool) {
	p.where = "in the storm"
	time.Sleep(time.Second)
	p.concurrently(goroutines, func(c *engine.Core, _, _ int) {
		for i := range each {
			permit, err := c.Acquire()
			switch {
			case err != nil:
				p.t.Errorf("a call was refused before anything failed: %v", err)
			case i%3 == 0:
				c.Mark(circuit.Success)
			default:
				permit.Success()
			}
		}
	})
	if s := p.Snapshot(); s.Total != (circuit.Counts{Successes: uint64(goroutines * each)}) {
		p.Failf("the total is %+v, want %d successes", s.Total, goroutines*each)
	}

	permits := [2][]circuit.Permit{}
	for range goroutines * each {
		p.both(func(c *engine.Core, i int) {
			permit, _ := c.Acquire()
			permits[i] = append(permits[i], permit)
		})
	}
	p.concurrently(goroutines, func(c *engine.Core, i, g int) {
		for n := range each {
			if bare {
				c.Mark(circuit.Failure)
			} else {
				permits[i][g*each+n].Failure()
			}
		}
	})
	if s := p.Snapshot(); s.Total != (circuit.Counts{Successes: uint64(goroutines * each), Failures: uint64(goroutines * each)}) {
		p.Failf("the total is %+v, want %d of each", s.Total, goroutines*each)
	}
	for range 1000 {
		p.Call(bare)
	}
	if s := p.Snapshot(); s.State != circuit.Open || s.Total.Refused == 0 {
		p.Failf("%+v, want it open, and calls refused", s)
	}
}

// concurrently has many goroutines do something to the one, and then to the other.
func (p *Pair) concurrently(goroutines int, do func(c *engine.Core, i, g int)) {
	p.both(func(c *engine.Core, i int) {
		var callers sync.WaitGroup
		for g := range goroutines {
			callers.Go(func() { do(c, i, g) })
		}
		callers.Wait()
	})
}
