package sre_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/sre"
)

// A callee that hangs answers nothing until the callers' timeouts, which may be
// longer than the window. When only results counted, the window ran empty
// meanwhile, and up to nine in ten calls were admitted.
func TestHangingCallee(t *testing.T) {
	const rate = 100
	for _, timeout := range []time.Duration{time.Second, 3 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second} {
		t.Run(timeout.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBreaker(t, sre.Config{})
				call := func(answer time.Duration, o circuit.Outcome) (admitted bool) {
					time.Sleep(time.Second / rate)
					p, err := b.Acquire()
					if err != nil {
						return false
					}
					time.AfterFunc(answer, func() { p.Done(o) })
					return true
				}
				for range 10 * rate {
					call(10*time.Millisecond, circuit.Success)
				}
				for range int(timeout.Seconds()) * rate { // no result can come sooner
					call(timeout, circuit.Failure)
				}
				admitted, calls := 0, 300*rate
				for range calls {
					if call(timeout, circuit.Failure) {
						admitted++
					}
				}
				t.Logf("%d of %d calls were admitted", admitted, calls)
				if share := float64(admitted) / float64(calls); share > 0.1 {
					t.Errorf("%.0f %% of the calls were admitted, want at most 10 %%", 100*share)
				}

				// It is well again: calls take 2 s each, as long as most of a window.
				const slow = 2 * time.Second
				bound := timeout + 3300*time.Millisecond // the last failure, and a window
				for range int(max(bound, slow+3300*time.Millisecond).Seconds() * rate) {
					call(slow, circuit.Success)
				}
				for range 10 * rate {
					if !call(slow, circuit.Success) {
						t.Fatalf("a call was refused later than %v after the callee was well", bound)
					}
				}
				time.Sleep(time.Minute) // every call has ended
			})
		})
	}
}
