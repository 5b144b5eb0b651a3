package subjects

import (
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivethrottler"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
)

const failsafeCalls = "github.com/failsafe-go/failsafe-go: TryAcquirePermit, then RecordSuccess or RecordFailure; "

// failsafeTime has the thresholds of Hystrix: its own default opens at one failure.
func failsafeTime() Subject {
	return Subject{Name: "failsafe-go, time", About: failsafeCalls + "opens at 50 % of 20 calls within 10 s, for 5 s", Window: true,
		New: func() (any, Loop) {
			b := circuitbreaker.NewBuilder[any]().
				WithFailureRateThreshold(0.5, 20, 10*time.Second).WithDelay(5 * time.Second).Build()
			return b, failsafeLoop(b)
		}}
}

func failsafeCount() Subject {
	return Subject{Name: "failsafe-go, count", About: failsafeCalls + "opens at 50 of the last 100 calls, however old, for 5 s",
		New: func() (any, Loop) {
			b := circuitbreaker.NewBuilder[any]().WithFailureThresholdRatio(50, 100).WithDelay(5 * time.Second).Build()
			return b, failsafeLoop(b)
		}}
}

func failsafeLoop(b circuitbreaker.CircuitBreaker[any]) Loop {
	return func(n, every int) (refused int) {
		left := every
		for range n {
			if !b.TryAcquirePermit() {
				refused++
				continue
			}
			if left--; left == 0 {
				left = every
				b.RecordFailure()
			} else {
				b.RecordSuccess()
			}
		}
		return refused
	}
}

// failsafeThrottler refuses all calls where all fail: its own default lets a tenth
// of them pass, takes a tenth of failures for too many, and looks back a minute.
func failsafeThrottler() Subject {
	return Subject{Name: Throttler, About: failsafeCalls + "adaptive, from 50 % within 10 s on, refuses up to all", Window: true,
		New: func() (any, Loop) {
			b := adaptivethrottler.NewBuilder[any]().
				WithFailureRateThreshold(0.5, 20, 10*time.Second).WithMaxRejectionRate(1).Build()
			return b, throttlerLoop(b)
		}}
}

func throttlerLoop(b adaptivethrottler.AdaptiveThrottler[any]) Loop {
	return func(n, every int) (refused int) {
		left := every
		for range n {
			if !b.TryAcquirePermit() {
				refused++
				continue
			}
			if left--; left == 0 {
				left = every
				b.RecordFailure()
			} else {
				b.RecordSuccess()
			}
		}
		return refused
	}
}
