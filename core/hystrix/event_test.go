package hystrix_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

func TestEvents(t *testing.T) {
	type change struct {
		at     time.Duration
		to     circuit.State
		reason string
		window circuit.Counts // just before
		probes int            // just before
	}
	synctest.Test(t, func(t *testing.T) {
		l := begin(t, hystrix.Config{ConsecutiveFailures: 3, Probes: 2, SuccessesToClose: 2, SleepJitter: -1})
		start := time.Now()
		var got []change
		l.b.Observe(func(e circuit.Event) {
			got = append(got, change{e.At.Sub(start), e.To, e.Reason, e.Before.Window, e.Before.Probes})
		})
		l.run(t, []step{
			{s, "2s 3f", open},
			{6 * s, "ab ~A", open},
			{11 * s, "2s", closed},
			{12 * s, "2fs 2fs 2fs 2fs 2fs 2fs f", closed},
			{13 * s, "f", open},
		})
		want := []change{
			{s, open, "consecutive failures", circuit.Counts{Successes: 2, Failures: 3}, 0},
			{6 * s, halfOpen, "sleep window over", circuit.Counts{Successes: 2, Failures: 3}, 0},
			{6 * s, open, "probe failed", circuit.Counts{Successes: 2, Failures: 3}, 1},
			{11 * s, halfOpen, "sleep window over", circuit.Counts{}, 0},
			{11 * s, closed, "probes succeeded", circuit.Counts{}, 0},
			{13 * s, open, "error percentage", circuit.Counts{Successes: 6, Failures: 14}, 0},
		}
		if !slices.Equal(got, want) {
			t.Errorf("the changes were\n%+v, want\n%+v", got, want)
		}
	})
}
