package subjects

import (
	"errors"
	"time"

	"github.com/sony/gobreaker/v2"
)

// errFailed is the failure that is told to those that want an error.
var errFailed = errors.New("failed")

// goBreaker has a rolling window as large as that of Hystrix, and its thresholds:
// its own default, 6 failures in a row, is no window.
func goBreaker() Subject {
	return Subject{Name: "gobreaker",
		About:  "github.com/sony/gobreaker/v2: two-step Allow, then done(nil or an error); 10 s in 10 buckets, opens at 50 % of 20 calls, for 5 s",
		Window: true,
		New: func() (any, Loop) {
			b := gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
				Interval: 10 * time.Second, BucketPeriod: time.Second, Timeout: 5 * time.Second,
				ReadyToTrip: func(n gobreaker.Counts) bool { return n.Requests >= 20 && 2*n.TotalFailures >= n.Requests },
			})
			return b, goBreakerLoop(b)
		}}
}

func goBreakerLoop(b *gobreaker.TwoStepCircuitBreaker[struct{}]) Loop {
	return func(n, every int) (refused int) {
		left := every
		for range n {
			done, err := b.Allow()
			if err != nil {
				refused++
				continue
			}
			if left--; left == 0 {
				left = every
				done(errFailed)
			} else {
				done(nil)
			}
		}
		return refused
	}
}
