package sre_test

import (
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/sre"
)

// The window of 10 s has 1 to 10 failures, from its oldest second to its newest,
// which is over but for a millisecond.
func TestUpdateKeepsTheWindow(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config sre.Config
		want   map[int]uint64 // failures in the window so many seconds after Update
	}{
		{"of the same size", sre.Config{K: 3, Window: 10 * time.Second, Buckets: 10}, map[int]uint64{0: 55, 1: 54, 5: 40, 9: 10, 10: 0}},
		{"shrunk", sre.Config{Window: 3 * time.Second, Buckets: 3}, map[int]uint64{0: 27, 1: 19, 2: 10, 3: 0}},
		{"shrunk, in as many buckets", sre.Config{Window: 5 * time.Second, Buckets: 10}, map[int]uint64{0: 40, 1: 34, 4: 10, 5: 0}},
		{"grown", sre.Config{Window: 20 * time.Second, Buckets: 20}, map[int]uint64{0: 55, 10: 55, 11: 54, 19: 10, 20: 0}},
		{"in finer buckets", sre.Config{Window: 10 * time.Second, Buckets: 100}, map[int]uint64{0: 55, 1: 54, 5: 40, 9: 10, 10: 0}},
		{"in coarser buckets", sre.Config{Window: 10 * time.Second, Buckets: 2}, map[int]uint64{0: 55, 1: 40, 5: 40, 6: 0}},
		{"in one bucket", sre.Config{Window: 10 * time.Second, Buckets: 1}, map[int]uint64{0: 55, 1: 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBreaker(t, sre.Config{Window: 10 * time.Second, Buckets: 10})
				start := time.Now()
				for i := range 10 {
					time.Sleep(time.Until(start.Add(time.Duration(i) * time.Second)))
					mark(b, 0, 1+i)
				}
				time.Sleep(999 * time.Millisecond)
				ask(b, 1)
				before := b.Snapshot()
				update(t, b, tt.config)
				after := b.Snapshot()
				if after.Total != before.Total || after.State != circuit.Open || !after.Since.Equal(before.Since) {
					t.Errorf("Update turned %+v into %+v", before, after)
				}
				for second := range 21 {
					want, ok := tt.want[second]
					if got := b.Snapshot().Window.Failures; ok && got != want {
						t.Errorf("%d s after Update the window holds %d failures, want %d", second, got, want)
					}
					time.Sleep(time.Second)
				}
			})
		})
	}
}

func TestUpdateTakesEffectAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, sre.Config{})
		mark(b, 60, 40)
		for _, step := range []struct {
			config sre.Config
			want   float64
		}{
			{sre.Config{}, 0},
			{sre.Config{K: 1.25}, 25. / 101},
			{sre.Config{K: 1.25, Protection: 5}, 20. / 101},
			{sre.Config{K: 1.25, MaxDropRatio: 0.125}, 0.125},
			{sre.Config{K: 1.25, MinRequests: 101}, 0},
			{sre.Config{K: 1.25, Window: time.Minute, Buckets: 60}, 25. / 101},
			{sre.Config{K: 1.5}, 10. / 101},
		} {
			update(t, b, step.config)
			if got := b.Snapshot().DropRatio; got != step.want {
				t.Errorf("with %+v the drop ratio is %v, want %v", step.config, got, step.want)
			}
		}
	})
}

func TestUpdateOfWrongSettingsChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, sre.Config{K: 1.5, Window: 2 * time.Second, Buckets: 4})
		mark(b, 20, 80)
		ask(b, 1)
		before := b.Snapshot()
		for _, c := range []sre.Config{{K: 0.5}, {K: math.NaN(), Window: time.Hour}, {Buckets: -1, MinRequests: 1000}, {MaxDropRatio: 2}} {
			var field *circuit.FieldError
			if err := b.Update(c); !errors.As(err, &field) {
				t.Errorf("Update(%+v) = %v, want a FieldError", c, err)
			}
		}
		if after := b.Snapshot(); after != before {
			t.Errorf("wrong settings turned %+v into %+v", before, after)
		}
		time.Sleep(2*time.Second - 1)
		if got := b.Snapshot().Window.Failures; got != 80 {
			t.Errorf("within the window %d failures are left, want 80", got)
		}
		time.Sleep(time.Nanosecond)
		if got := b.Snapshot().Window.Failures; got != 0 {
			t.Errorf("after the window %d failures are left, want none", got)
		}
	})
}
