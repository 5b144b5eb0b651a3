package hystrix_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// closes opens b and has one probe close it.
func closes(t *testing.T, b *hystrix.Breaker) {
	t.Helper()
	for b.Snapshot().State == closed {
		b.MarkFailed()
	}
	time.Sleep(b.Snapshot().RetryAfter)
	p, err := b.Acquire()
	if err != nil {
		t.Fatal(err)
	}
	p.Success()
	if got := b.Snapshot().State; got != closed {
		t.Fatalf("the breaker is %v, want closed", got)
	}
}

// The shares are those of 4000 calls at each moment: within five standard deviations, by
// which one run in a million would fail if runs weren't always the same.
func TestRampUp(t *testing.T) {
	const calls = 4000
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, hystrix.Config{RampUp: 10 * s, SleepJitter: -1})
		if got := b.Snapshot().DropRatio; got != 0 {
			t.Errorf("a new breaker drops %v, want none", got)
		}
		closes(t, b)
		start := time.Now()
		for _, at := range []time.Duration{0, s, 5 * s, 9 * s, 10*s - 1} {
			time.Sleep(time.Until(start.Add(at)))
			want := .1 + .9*float64(at)/float64(10*s)
			if got := b.Snapshot().DropRatio; math.Abs(got-(1-want)) > 1e-9 {
				t.Errorf("after %v the drop ratio is %v, want %v", at, got, 1-want)
			}
			admitted := 0
			for range calls {
				if p, err := b.Acquire(); err == nil {
					p.Success()
					admitted++
				}
			}
			if off := math.Abs(float64(admitted) - want*calls); off > 5*math.Sqrt(calls*want*(1-want))+1 {
				t.Errorf("after %v, %d of %d calls are admitted, want %.0f", at, admitted, calls, want*calls)
			}
		}
		time.Sleep(time.Until(start.Add(10 * s)))
		for range calls {
			if err := b.Allow(); err != nil {
				t.Fatalf("refuses after the ramp: %v", err)
			}
		}
	})
}

func TestRampEndsWithOpening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, hystrix.Config{RampUp: time.Minute, ConsecutiveFailures: 3, SleepJitter: -1})
		closes(t, b)
		if got := b.Snapshot(); got.DropRatio != .9 {
			t.Fatalf("the drop ratio is %v, want .9", got.DropRatio)
		}
		for range 3 {
			b.MarkFailed()
		}
		if got := b.Snapshot(); got.State != open || got.DropRatio != 1 {
			t.Errorf("%v, drop ratio %v; want open, 1", got.State, got.DropRatio)
		}
		closes(t, b) // and it begins again
		if got := b.Snapshot(); got.DropRatio != .9 {
			t.Errorf("the drop ratio is %v, want .9", got.DropRatio)
		}
		for _, m := range []circuit.Mode{circuit.ForceClose, circuit.Auto} { // which begin afresh
			if err := b.SetMode(m); err != nil {
				t.Fatal(err)
			}
		}
		if got := b.Snapshot(); got.DropRatio != 0 {
			t.Errorf("the drop ratio after a mode is %v, want 0", got.DropRatio)
		}
		closes(t, b)
		update(t, b, hystrix.Config{})
		if got := b.Snapshot(); got.DropRatio != 0 {
			t.Errorf("the drop ratio without RampUp is %v, want 0", got.DropRatio)
		}
	})
}

// A longer RampUp had begun the ramp anew, hours after it was over.
func TestRampIsOverForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, hystrix.Config{RampUp: 10 * s, SleepJitter: -1})
		closes(t, b)
		time.Sleep(5 * s)
		update(t, b, hystrix.Config{RampUp: 50 * s}) // it goes on
		if got := b.Snapshot().DropRatio; math.Abs(got-.81) > 1e-9 {
			t.Errorf("the drop ratio is %v, want .81", got)
		}
		time.Sleep(45 * s)
		update(t, b, hystrix.Config{RampUp: time.Hour})
		if got := b.Snapshot().DropRatio; got != 0 {
			t.Errorf("the drop ratio after the ramp is %v, want 0", got)
		}
	})
}

func TestProbeRatio(t *testing.T) {
	const calls = 4000
	for _, ratio := range []float64{.01, .25, .5, .9, 1} {
		synctest.Test(t, func(t *testing.T) {
			b := newBreaker(t, hystrix.Config{ProbeRatio: ratio, Probes: 1000, SuccessesToClose: 1e9, ConsecutiveFailures: 1})
			b.MarkFailed()
			time.Sleep(6 * s)
			admitted := 0
			for range calls {
				if p, err := b.Acquire(); err == nil {
					p.Success()
					admitted++
				}
			}
			if off := math.Abs(float64(admitted) - ratio*calls); off > 5*math.Sqrt(calls*ratio*(1-ratio)) {
				t.Errorf("%d of %d calls are admitted, want %.0f", admitted, calls, ratio*calls)
			}
			if got := b.Snapshot(); got.State != halfOpen || math.Abs(got.DropRatio-(1-ratio)) > 1e-9 {
				t.Errorf("%v with a drop ratio of %v, want half-open with %v", got.State, got.DropRatio, 1-ratio)
			}
		})
	}
}
