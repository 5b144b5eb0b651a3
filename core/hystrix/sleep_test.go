package hystrix_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

func TestSleepWindow(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config hystrix.Config
		steps  []step
	}{
		{"5s by default", hystrix.Config{}, []step{{0, "20f 9x", open}, {5*s - 1, "x", open}, {5 * s, "a 9x", halfOpen}}},
		{"as set", hystrix.Config{SleepWindow: ms}, []step{{0, "20f", open}, {ms - 1, "x", open}, {ms, "a", halfOpen}}},
		{"ends by a call only", hystrix.Config{}, []step{{0, "20f", open}, {time.Hour, "", open}, {time.Hour, "s", closed}}},
		{"counts from the failure that opened", hystrix.Config{}, []step{{0, "19f", closed}, {3 * s, "f", open}, {8*s - 1, "x", open}, {8 * s, "s", closed}}},
		{"starts again with a failed probe", hystrix.Config{}, []step{
			{0, "20f", open}, {5 * s, "a", halfOpen}, {7 * s, "x", halfOpen}, {7 * s, "~A x", open}, {12*s - 1, "x", open}, {12 * s, "s s", closed},
		}},
		{"without growth is always the same", hystrix.Config{}, []step{
			{0, "20f", open}, {5 * s, "f", open}, {10*s - 1, "x", open}, {10 * s, "f", open}, {15*s - 1, "x", open}, {15 * s, "f", open},
		}},
		{"doubles up to the cap, and closing resets it", hystrix.Config{SleepWindow: s, MaxSleepWindow: 7 * s}, []step{
			{0, "20f", open},
			{s - 1, "x", open}, {s, "f", open}, // 1s, then 2s
			{3*s - 1, "x", open}, {3 * s, "f", open}, // 4s
			{7*s - 1, "x", open}, {7 * s, "f", open}, // 7s, the cap
			{14*s - 1, "x", open}, {14 * s, "f", open}, // 7s
			{21*s - 1, "x", open}, {21 * s, "s", closed},
			{22 * s, "20f", open}, {23*s - 1, "x", open}, {23 * s, "f", open}, // 1s, 2s
			{25*s - 1, "x", open}, {25 * s, "s", closed},
		}},
		{"does not double for ignored probes", hystrix.Config{SleepWindow: s, MaxSleepWindow: 8 * s}, []step{
			{0, "20f", open}, {s, "3i f", open}, {3*s - 1, "x", open}, {3 * s, "a", halfOpen},
		}},
		{"grows no more once it is at the cap", hystrix.Config{SleepWindow: s, MaxSleepWindow: s}, []step{
			{0, "20f", open}, {s, "f", open}, {2*s - 1, "x", open}, {2 * s, "f", open}, {3 * s, "s", closed},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) { timeline(t, tt.config, tt.steps) })
	}
}

// opened is a thousand breakers that open at this moment.
func opened(t *testing.T, c hystrix.Config) []*hystrix.Breaker {
	t.Helper()
	c.RequestVolumeThreshold = 1
	breakers := make([]*hystrix.Breaker, 1000)
	for i := range breakers {
		breakers[i] = newBreaker(t, c)
		breakers[i].MarkFailed()
	}
	return breakers
}

// A fleet that opened at one moment must not come back at one moment.
func TestJitterSpreadsTheSleepWindows(t *testing.T) {
	for _, tt := range []struct {
		name    string
		config  hystrix.Config
		longest time.Duration
	}{
		{"a tenth by default", hystrix.Config{}, 5500 * ms},
		{"a half", hystrix.Config{SleepJitter: 0.5}, 7500 * ms},
		{"all of it", hystrix.Config{SleepJitter: 1, SleepWindow: 10 * s}, 20 * s},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				shortest := max(tt.config.SleepWindow, 5*s)
				var tenths [10]int
				for _, b := range opened(t, tt.config) {
					after := b.Snapshot().RetryAfter
					if after < shortest || after > tt.longest {
						t.Fatalf("a breaker sleeps for %v, want from %v to %v", after, shortest, tt.longest)
					}
					tenths[min(9, 10*(after-shortest)/(tt.longest-shortest))]++
				}
				// 100 are expected in each, with a standard deviation of 9.5.
				for i, n := range tenths {
					if n < 40 || n > 160 {
						t.Errorf("in tenth %d of the jitter %d of 1000 breakers wake, want about 100: %v", i, n, tenths)
					}
				}
			})
		})
	}
}

// What RetryAfter says is when the first call is admitted, to the nanosecond.
func TestWakesWhenRetryAfterSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, hystrix.Config{RequestVolumeThreshold: 1})
		b.MarkFailed()
		for range 100 {
			err := b.Allow()
			after, ok := circuit.RetryAfter(err)
			if !ok {
				t.Fatalf("%v has no RetryAfter", err)
			}
			if snap := b.Snapshot(); snap.RetryAfter != after || snap.DropRatio != 1 {
				t.Fatalf("the snapshot is %+v, want RetryAfter %v and drop ratio 1", snap, after)
			}
			time.Sleep(after - 1)
			if b.Allow() == nil {
				t.Fatalf("a call was admitted before %v were over", after)
			}
			time.Sleep(time.Nanosecond)
			if snap := b.Snapshot(); snap.RetryAfter != 0 || snap.DropRatio != 0 {
				t.Fatalf("the sleep window is over, and the snapshot %+v", snap)
			}
			if err := b.Allow(); err != nil {
				t.Fatalf("a call was refused after %v", after)
			}
			b.MarkFailed()
		}
	})
}

func TestJitterOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, off := range []float64{-1, -1e-9} {
			for _, b := range opened(t, hystrix.Config{SleepJitter: off}) {
				if got := b.Snapshot().RetryAfter; got != 5*s {
					t.Fatalf("with SleepJitter %v a breaker sleeps for %v, want 5s", off, got)
				}
			}
		}
	})
}

// The growth is that of the sleep window, not of the stretched one; the jitter is
// a share of the grown one.
func TestJitterOfAGrowingSleepWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, hystrix.Config{RequestVolumeThreshold: 1, SleepWindow: s, SleepJitter: 1, MaxSleepWindow: 64 * s})
		b.MarkFailed()
		var longest time.Duration
		for i := range 30 {
			sleep := min(64*s, s<<i)
			after := b.Snapshot().RetryAfter
			if after < sleep || after > 2*sleep {
				t.Fatalf("sleep window %d is %v, want from %v to %v", i, after, sleep, 2*sleep)
			}
			longest = max(longest, after)
			time.Sleep(after)
			p, err := b.Acquire()
			if err != nil {
				t.Fatal(err)
			}
			p.Failure()
		}
		if longest < 80*s { // by chance once in 10^14 runs
			t.Errorf("of 24 sleep windows of 64s with a jitter of 1 the longest is %v", longest)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, hystrix.Config{RequestVolumeThreshold: 1, SleepJitter: -1})
		b.MarkFailed()
		err := b.Allow()
		for left := 5 * s; left > 0; left -= s { // counted from when it is asked
			if got, ok := circuit.RetryAfter(err); got != left || !ok {
				t.Errorf("RetryAfter = %v, %v, want %v", got, ok, left)
			}
			time.Sleep(s)
		}
		if got, ok := circuit.RetryAfter(err); got != 0 || ok {
			t.Errorf("RetryAfter = %v, %v after the sleep window, want none", got, ok)
		}
		if b.Allow() != nil {
			t.Fatal("no probe was admitted")
		}
		refused := b.Allow() // half-open: a probe may end at any moment
		if got, ok := circuit.RetryAfter(refused); got != 0 || ok {
			t.Errorf("RetryAfter = %v, %v in half-open, want none", got, ok)
		}
		b.MarkFailed()
		if got, ok := circuit.RetryAfter(refused); got != 5*s || !ok {
			t.Errorf("RetryAfter = %v, %v, want that of the new sleep window", got, ok)
		}
	})
}
