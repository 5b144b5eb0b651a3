package hystrix_test

import (
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// The window of 10 s has 1 to 10 successes, from its oldest second to its newest,
// which is over but for a millisecond.
func TestUpdateKeepsTheWindow(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config hystrix.Config
		want   map[int]uint64 // successes in the window so many seconds after Update
	}{
		{"of the same size", hystrix.Config{Probes: 3}, map[int]uint64{0: 55, 1: 54, 5: 40, 9: 10, 10: 0}},
		{"shrunk", hystrix.Config{Window: 3 * s, Buckets: 3}, map[int]uint64{0: 27, 1: 19, 2: 10, 3: 0}},
		{"shrunk, in as many buckets", hystrix.Config{Window: 5 * s}, map[int]uint64{0: 40, 1: 34, 4: 10, 5: 0}},
		{"grown", hystrix.Config{Window: 20 * s, Buckets: 20}, map[int]uint64{0: 55, 10: 55, 11: 54, 19: 10, 20: 0}},
		{"in finer buckets", hystrix.Config{Buckets: 100}, map[int]uint64{0: 55, 1: 54, 5: 40, 9: 10, 10: 0}},
		{"in coarser buckets", hystrix.Config{Buckets: 2}, map[int]uint64{0: 55, 1: 40, 5: 40, 6: 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBreaker(t, hystrix.Config{})
				start := time.Now()
				for i := range 10 {
					time.Sleep(time.Until(start.Add(time.Duration(i) * s)))
					for range 1 + i {
						b.MarkSuccess()
					}
				}
				time.Sleep(999 * ms)
				update(t, b, tt.config)
				for second := range 21 {
					want, ok := tt.want[second]
					if got := b.Snapshot().Window.Successes; ok && got != want {
						t.Errorf("%d s after Update the window holds %d successes, want %d", second, got, want)
					}
					time.Sleep(s)
				}
			})
		})
	}
}

// Each part updates a live breaker that has one failure in its window, or was
// opened by it, and goes on from there.
func TestUpdateOfALiveBreaker(t *testing.T) {
	before := hystrix.Config{RequestVolumeThreshold: 1, SleepJitter: -1, Probes: 2, SuccessesToClose: 3}
	with := func(change func(*hystrix.Config)) hystrix.Config {
		c := before
		change(&c)
		return c
	}
	for _, tt := range []struct {
		name   string
		first  []step
		config hystrix.Config
		then   []step // times go on
	}{
		{"an open one sleeps on as it fell asleep", []step{{0, "f", open}},
			with(func(c *hystrix.Config) { c.SleepWindow = s }),
			[]step{{5*s - 1, "x", open}, {5 * s, "f", open}, {6*s - 1, "x", open}, {6 * s, "a", halfOpen}}},
		{"growth begins with the next sleep window", []step{{0, "f", open}},
			with(func(c *hystrix.Config) { c.MaxSleepWindow = time.Minute }),
			[]step{{5 * s, "f", open}, {15*s - 1, "x", open}, {15 * s, "a", halfOpen}}},
		{"no growth is below a longer sleep window", []step{{0, "f", open}},
			with(func(c *hystrix.Config) { c.SleepWindow, c.MaxSleepWindow = 30*s, time.Minute }),
			[]step{{5 * s, "f", open}, {35*s - 1, "x", open}, {35 * s, "f", open}, {95*s - 1, "x", open}, {95 * s, "a", halfOpen}}},
		{"more probes", []step{{0, "f", open}, {5 * s, "ab x", halfOpen}},
			with(func(c *hystrix.Config) { c.Probes = 3 }), []step{{5 * s, "c x ABC", closed}}},
		{"fewer probes", []step{{0, "f", open}, {5 * s, "ab x", halfOpen}},
			with(func(c *hystrix.Config) { c.Probes = 1 }), []step{{5 * s, "x A x B c x C", closed}}},
		{"fewer successes", []step{{0, "f", open}, {5 * s, "a A b", halfOpen}},
			with(func(c *hystrix.Config) { c.SuccessesToClose = 2 }), []step{{5 * s, "B", closed}}},
		{"a shorter lifetime", []step{{0, "f", open}, {5 * s, "ab", halfOpen}, {6 * s, "x", halfOpen}},
			with(func(c *hystrix.Config) { c.ProbeLifetime = s }), []step{{6 * s, "cd x", halfOpen}}},
		{"a closed one counts on", []step{{0, "9s f", closed}},
			with(func(c *hystrix.Config) { c.ErrorPercentThreshold = 20 }), []step{{0, "s", closed}, {0, "2f", open}}},
		{"failures in a row stand", []step{{0, "9s 4f", closed}},
			with(func(c *hystrix.Config) { c.ConsecutiveFailures = 5 }), []step{{0, "f", open}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := begin(t, before)
				l.run(t, tt.first)
				since := l.b.Snapshot().Since
				update(t, l.b, tt.config)
				if got := l.b.Snapshot().Since; !got.Equal(since) {
					t.Errorf("Update changed the state at %v", got)
				}
				l.run(t, tt.then)
			})
		})
	}
}

func TestUpdateOfWrongSettingsChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, hystrix.Config{RequestVolumeThreshold: 1, Window: 20 * s})
		b.MarkFailed()
		before, config := b.Snapshot(), b.Config()
		for _, c := range []hystrix.Config{{Probes: -1}, {SleepJitter: math.NaN(), Window: time.Hour}, {ErrorPercentThreshold: -1}} {
			var field *circuit.FieldError
			if err := b.Update(c); !errors.As(err, &field) {
				t.Errorf("Update(%+v) = %v, want a FieldError", c, err)
			}
		}
		if after := b.Snapshot(); after != before || b.Config() != config {
			t.Errorf("wrong settings turned %+v into %+v, and %+v into %+v", before, after, config, b.Config())
		}
		if err := b.Update(hystrix.Config{Probes: 7}); err != nil || b.Config().Probes != 7 || b.Config().Window != 10*s {
			t.Errorf("Update to 7 probes: %v, and %+v in force", err, b.Config())
		}
	})
}
