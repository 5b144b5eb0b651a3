package sre_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/sre"
)

// The state follows the ratio when a call comes; one ratio of 0 in between does
// not close the breaker, a bucket's length of them does.
func TestStates(t *testing.T) {
	const ms = time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, sre.Config{Window: 5 * time.Second, Buckets: 10}) // a bucket has 500 ms
		start := time.Now()
		var heard []circuit.Event
		b.Observe(func(e circuit.Event) { heard = append(heard, e) })
		for _, step := range []struct {
			at                  time.Duration
			successes, failures int
			ask                 int // calls
			want                circuit.State
		}{
			{0, 0, 0, 1, circuit.Closed},
			{0, 0, 19, 1, circuit.Closed}, // below MinRequests
			{0, 0, 1, 0, circuit.Closed},  // nobody asked yet
			{0, 0, 0, 1, circuit.Open},
			{100 * ms, 20, 0, 1, circuit.Open}, // the ratio is 0 from here
			{499 * ms, 0, 0, 1, circuit.Open},
			{499 * ms, 0, 1, 1, circuit.Open}, // above 0 again
			{500 * ms, 1, 0, 1, circuit.Open}, // 0
			{998 * ms, 0, 0, 1, circuit.Open},
			{999 * ms, 0, 0, 0, circuit.Open},
			{999 * ms, 0, 0, 1, circuit.Closed},
			{1500 * ms, 0, 2, 1, circuit.Open},
			{20 * time.Second, 0, 0, 0, circuit.Open}, // no call, no change
			{20 * time.Second, 0, 0, 1, circuit.Closed},
		} {
			time.Sleep(time.Until(start.Add(step.at)))
			mark(b, step.successes, step.failures)
			ask(b, step.ask)
			if got := b.Snapshot().State; got != step.want {
				t.Errorf("after the step %+v the breaker is %v", step, got)
			}
		}

		type change struct {
			at     time.Duration
			to     circuit.State
			reason string
			before circuit.Counts // in the window
			ratio  float64        // before
		}
		var got []change
		for _, e := range heard {
			e.Before.Window.Refused = 0 // by chance
			got = append(got, change{e.At.Sub(start), e.To, e.Reason, e.Before.Window, e.Before.DropRatio})
		}
		want := []change{
			{0, circuit.Open, "drop ratio above 0", circuit.Counts{Failures: 20}, 20. / 21},
			{999 * ms, circuit.Closed, "drop ratio 0", circuit.Counts{Successes: 21, Failures: 21}, 0},
			{1500 * ms, circuit.Open, "drop ratio above 0", circuit.Counts{Successes: 21, Failures: 23}, 2. / 45},
			{20 * time.Second, circuit.Closed, "drop ratio 0", circuit.Counts{}, 0},
		}
		if !slices.Equal(got, want) {
			t.Errorf("the changes were\n%+v, want\n%+v", got, want)
		}
		if s := b.Snapshot(); !s.Since.Equal(start.Add(20 * time.Second)) {
			t.Errorf("closed since %v, want the last change", s.Since)
		}
	})
}

// A call that began before the breaker opened or closed says nothing of what came
// after: its permit is of an earlier generation.
func TestOutcomesFromBeforeAChangeDontCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, sre.Config{})
		early, err := b.Acquire()
		if err != nil {
			t.Fatal(err)
		}
		mark(b, 0, 20)
		ask(b, 1)
		early.Success()
		if s := b.Snapshot(); s.State != circuit.Open || s.Window.Successes != 0 || s.Total.Successes != 1 {
			t.Errorf("the success of a call from before opening: %+v, want it in the total only", s)
		}
		var during circuit.Permit
		for during, err = b.Acquire(); err != nil; during, err = b.Acquire() {
		}
		time.Sleep(5 * time.Second)
		ask(b, 1)
		during.Failure()
		if s := b.Snapshot(); s.State != circuit.Closed || s.Window.Failures != 0 || s.Total.Failures != 21 {
			t.Errorf("the failure of a call from before closing: %+v, want it in the total only", s)
		}
	})
}

func TestRefusalsHaveNoRetryAfter(t *testing.T) {
	b := newBreaker(t, sre.Config{MinRequests: 1})
	mark(b, 0, 100)
	for range 1000 {
		if err := b.Allow(); err != nil {
			if d, ok := circuit.RetryAfter(err); ok || d != 0 {
				t.Errorf("RetryAfter = %v, %v: the next call may be admitted at once", d, ok)
			}
			return
		}
	}
	t.Error("nothing was refused")
}
