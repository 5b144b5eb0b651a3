package proof_test

import (
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// engine is what a breaker of any engine can do.
type engine interface {
	circuit.Acquirer
	circuit.Reporter
}

// must is b; a wrong Config is a wrong test.
func must[T any](b T, err error) T {
	if err != nil {
		panic(err)
	}
	return b
}

// rounds is how often each history is played. On two cores the races below showed in
// 1 to 400 of 20,000.
const rounds = 1000

// played fails if any of the rounds went wrong, and says how many did.
func played(t *testing.T, wrong func() bool, what string) {
	t.Helper()
	n, rounds := 0, rounds**long
	for range rounds {
		if wrong() {
			n++
		}
	}
	if n > 0 {
		t.Errorf("%s, in %d of %d rounds", what, n, rounds)
	}
}

// successThenAcquire plays one goroutine's success, and then its next call, against
// another one's act. It reports whether that call was admitted, and the breaker was
// found open afterwards.
//
// The act opens the breaker only if the success came after it; and then the call,
// which came after the success, is to be refused.
func successThenAcquire(b *hystrix.Breaker, act func()) (wrong bool) {
	permit := must(b.Acquire())
	admitted := false
	atOnce(act, func() {
		permit.Success()
		_, err := b.Acquire()
		admitted = err == nil
	})
	return admitted && b.Snapshot().State == circuit.Open
}

const admittedAfter = "a success that came after the breaker opened was followed by an admitted call"

func TestSuccessBetweenFailuresInARow(t *testing.T) {
	played(t, func() bool {
		b := must(hystrix.New(hystrix.Config{ConsecutiveFailures: 2, SleepWindow: time.Hour}))
		b.MarkFailed()
		return successThenAcquire(b, must(b.Acquire()).Failure)
	}, admittedAfter)
}

func TestSuccessAgainstTheErrorPercentage(t *testing.T) {
	played(t, func() bool { // 2 of 4 failed open it, 2 of 5 don't
		b := must(hystrix.New(hystrix.Config{RequestVolumeThreshold: 4, SleepWindow: time.Hour}))
		b.MarkFailed()
		b.MarkSuccess()
		b.MarkSuccess()
		return successThenAcquire(b, must(b.Acquire()).Failure)
	}, admittedAfter)
}

func TestSuccessAgainstUpdate(t *testing.T) {
	played(t, func() bool { // once 3 calls are enough, the third one's result opens it
		b := must(hystrix.New(hystrix.Config{SleepWindow: time.Hour}))
		b.MarkFailed()
		b.MarkFailed()
		return successThenAcquire(b, func() {
			_ = b.Update(hystrix.Config{RequestVolumeThreshold: 3, SleepWindow: time.Hour})
		})
	}, admittedAfter)
}
