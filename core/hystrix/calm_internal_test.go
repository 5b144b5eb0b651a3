package hystrix

import (
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/internal/engine"
	"github.com/go-fusebox/fusebox/core/internal/window"
)

// For all small numbers of outcomes in the window: successes are counted on a lease where no
// number of them can open the breaker, and only there. Where fewer of them could, once some
// have left the window, the clock is looked at for each.
func TestCalmForAllSmallCounts(t *testing.T) {
	const most = 14
	for _, c := range []Config{
		{RequestVolumeThreshold: 1},
		{RequestVolumeThreshold: 8},
		{RequestVolumeThreshold: 9, ErrorPercentThreshold: 33},
		{RequestVolumeThreshold: 12, ErrorPercentThreshold: 100},
		{RequestVolumeThreshold: 7, ErrorPercentThreshold: 5},
		{RequestVolumeThreshold: 5, ErrorPercentThreshold: -1, ConsecutiveFailures: 100},
	} {
		c = c.withDefaults()
		// opens reports whether some number of successes, from that one on, opens it.
		opens := func(least, failures int) bool {
			for successes := least; successes <= 300; successes++ {
				calls := successes + failures
				if c.ErrorPercentThreshold > 0 && calls >= c.RequestVolumeThreshold && 100*float64(failures) >= c.ErrorPercentThreshold*float64(calls) {
					return true
				}
			}
			return false
		}
		for i := range (most + 1) * (most + 1) {
			successes, failures := i%(most+1), i/(most+1)
			l := &law{core: engine.New("hystrix", 0), config: c, window: window.New(time.Second, 1)}
			for range failures {
				l.window.Failure(0)
			}
			l.window.Earlier(uint64(successes), 0)
			lease := l.Lease(0)
			if counts := !opens(successes, failures); (lease.Count > 0) != counts {
				t.Errorf("%+v: with %d successes, %d failures, they are counted until %v, want a lease: %v", c, successes, failures, lease.Count, counts)
			}
			if each := opens(0, failures); lease.Count > 0 && (lease.Pace == 1) != each {
				t.Errorf("%+v: with %d successes, %d failures, the pace is %d, want 1 each time: %v", c, successes, failures, lease.Pace, each)
			}
		}
	}
}
