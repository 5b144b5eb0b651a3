package sre

import (
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/internal/engine"
	"github.com/go-fusebox/fusebox/core/internal/window"
)

// For all small numbers of outcomes in the window: where calls are admitted on a lease, the
// ratio stays 0 whatever succeeds and, if it never ends, whatever leaves the window. Where they
// aren't, it may rise with one failure more: in the bucket itself, or else later.
func TestCalmForAllSmallCounts(t *testing.T) {
	const most = 6
	for _, c := range []Config{
		{MinRequests: 1},
		{MinRequests: 7},
		{MinRequests: 8},
		{K: 1.5, MinRequests: 5},
		{K: 1.5, MinRequests: 9, CountRefusals: true},
		{K: 3, MinRequests: 6, Protection: 1},
		{K: 1.1, MinRequests: 1, Protection: 3, CountRefusals: true},
		{K: 1 / 0.6, MinRequests: 10, CountRefusals: true, MaxDropRatio: 0.5},
	} {
		l := &law{core: engine.New("sre", 1), config: c.withDefaults(), window: window.New(time.Second, 1)}
		has := func(successes, failures, refused int) {
			l.window.Reset()
			for range failures {
				l.window.Failure(0)
			}
			l.window.Earlier(uint64(successes), uint64(refused))
		}
		// above reports whether some number of successes, from that one on, makes the ratio more than 0.
		above := func(least, failures, refused int) bool {
			for successes := least; successes <= 20; successes++ {
				if has(successes, failures, refused); l.dropRatio(0) > 0 {
					return true
				}
			}
			return false
		}
		for i := range (most + 1) * (most + 1) * (most + 1) {
			successes, failures, refused := i%(most+1), i/(most+1)%(most+1), i/(most+1)/(most+1)
			// ever is above for now and for when some have left the window.
			ever := func(failures int) bool {
				for f := range failures + 1 {
					for r := range refused + 1 {
						if above(0, f, r) {
							return true
						}
					}
				}
				return false
			}
			has(successes, failures, refused)
			admit := l.Lease(0).Admit
			soon, later := above(successes, failures, refused), ever(failures)
			switch {
			case admit > 0 && soon, admit == engine.Forever && later,
				admit == 0 && !above(successes, failures+1, refused), admit != engine.Forever && !ever(failures+1):
				t.Errorf("%+v: with %d successes, %d failures, %d refused calls are admitted until %v; the ratio may rise in the bucket: %v, later: %v",
					c, successes, failures, refused, admit, soon, later)
			}
		}
	}
}
