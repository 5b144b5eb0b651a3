package hystrix_test

import (
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/hystrix"
)

// What opens the breaker, and what does not.
func TestOpens(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config hystrix.Config
		steps  []step
	}{
		{"at the volume threshold, by default 20", hystrix.Config{}, []step{{0, "19f", closed}, {0, "f x", open}}},
		{"not below it", hystrix.Config{RequestVolumeThreshold: 100}, []step{{0, "99f", closed}, {0, "f", open}}},
		{"at the first call", hystrix.Config{RequestVolumeThreshold: 1}, []step{{0, "f", open}}},
		{"at half of the calls, by default", hystrix.Config{}, []step{{0, "11s 10f", closed}, {0, "f", open}}},
		{"not below half", hystrix.Config{}, []step{{0, "500s 499f", closed}}},
		{"at 1 %", hystrix.Config{ErrorPercentThreshold: 1}, []step{{0, "100s f", closed}, {0, "f", open}}},
		{"at 100 %", hystrix.Config{ErrorPercentThreshold: 100}, []step{{0, "s 500f", closed}, {10 * time.Second, "19f", closed}, {10 * time.Second, "f", open}}},
		{"at 33.3 %", hystrix.Config{ErrorPercentThreshold: 33.3}, []step{{0, "668s 332f", closed}, {0, "f", closed}, {0, "f", open}}},
		{"at 0.1 %", hystrix.Config{ErrorPercentThreshold: 0.1}, []step{{0, "999s", closed}, {0, "f", open}}},
		// Hystrix looks at the window whenever a call has ended, however it did.
		{"by a success that reaches the volume", hystrix.Config{}, []step{{0, "19f", closed}, {0, "s", open}}},
		{"by a success at exactly the threshold", hystrix.Config{}, []step{{0, "10f 9s", closed}, {0, "s", open}}},
		{"not by ignored calls", hystrix.Config{}, []step{{0, "19f 100i", closed}}},
		{"with ignored calls not counted in the share", hystrix.Config{}, []step{{0, "10s 9f 100i", closed}, {0, "f", open}}},

		{"by failures within the window of 10 s", hystrix.Config{}, []step{{0, "19f", closed}, {9999 * ms, "f", open}}},
		{"not when the old ones rolled off", hystrix.Config{}, []step{{0, "19f", closed}, {10 * time.Second, "f", closed}}},
		{"bucket by bucket", hystrix.Config{}, []step{
			{0, "10f", closed}, {999 * ms, "9f", closed}, {10999 * ms, "f", closed}, {11 * time.Second, "18f", closed}, {11 * time.Second, "f", open},
		}},
		{"when successes roll off and failures stay", hystrix.Config{}, []step{
			{0, "100s", closed}, {5 * time.Second, "50f", closed}, {10 * time.Second, "f", open},
		}},
		{"in a short window", hystrix.Config{Window: 100 * ms, Buckets: 2}, []step{{0, "19f", closed}, {99 * ms, "f", open}}},
		{"not beyond a short window", hystrix.Config{Window: 100 * ms, Buckets: 2}, []step{{0, "19f", closed}, {100 * ms, "19f", closed}}},

		{"by consecutive failures", hystrix.Config{ConsecutiveFailures: 5}, []step{{0, "4f", closed}, {0, "f", open}}},
		{"by consecutive failures among many calls", hystrix.Config{ConsecutiveFailures: 5}, []step{{0, "1000s 4f", closed}, {0, "f", open}}},
		{"not when a success parts them", hystrix.Config{ConsecutiveFailures: 5}, []step{{0, "100s 4fs 4fs 4f", closed}, {0, "f", open}}},
		{"though ignored calls part them", hystrix.Config{ConsecutiveFailures: 5}, []step{{0, "4fi", closed}, {0, "f", open}}},
		{"by consecutive failures of any age", hystrix.Config{ConsecutiveFailures: 5}, []step{{0, "4f", closed}, {time.Hour, "f", open}}},
		{"by either rule", hystrix.Config{ConsecutiveFailures: 5}, []step{{0, "4f s 4f s 4f s 4f", closed}, {0, "s", open}}},
		{"by consecutive failures only", hystrix.Config{ConsecutiveFailures: 30, ErrorPercentThreshold: -1}, []step{{0, "29f s 29f", closed}, {0, "f", open}}},

		{"by marks", hystrix.Config{}, []step{{0, "10+ 9-", closed}, {0, "- !x", open}}},
		{"by calls that end in another order", hystrix.Config{ConsecutiveFailures: 2}, []step{{0, "abc ~C", closed}, {time.Second, "A", closed}, {2 * time.Second, "~B", closed}, {2 * time.Second, "f", open}}},
	} {
		t.Run(tt.name, func(t *testing.T) { timeline(t, tt.config, tt.steps) })
	}
}

// After closing, the window is empty and no failure stands in a row.
func TestClosedAgainStartsAfresh(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config hystrix.Config
		steps  []step
	}{
		{"percentage", hystrix.Config{}, []step{{0, "20f", open}, {5 * time.Second, "s", closed}, {5 * time.Second, "19f", closed}, {5 * time.Second, "f", open}}},
		{"in a row", hystrix.Config{ConsecutiveFailures: 3}, []step{{0, "3f", open}, {5 * time.Second, "s", closed}, {5 * time.Second, "2f", closed}, {5 * time.Second, "f", open}}},
		{"results from before it opened", hystrix.Config{ConsecutiveFailures: 1}, []step{
			{0, "abc f", open}, {0, "A", open}, {5 * time.Second, "~B d ~C x", halfOpen}, {6 * time.Second, "D", closed}, {6 * time.Second, "~A ~B ~C ~D", closed}, {7 * time.Second, "f", open},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) { timeline(t, tt.config, tt.steps) })
	}
}
