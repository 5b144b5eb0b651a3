package hystrix_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// One failure opens these breakers, for 1 s.
func TestHalfOpen(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config hystrix.Config
		steps  []step
	}{
		{"one probe by default", hystrix.Config{}, []step{{0, "f", open}, {s, "a 9x", halfOpen}, {2 * s, "9x A", closed}, {2 * s, "9s", closed}}},
		{"three probes", hystrix.Config{Probes: 3}, []step{{0, "f", open}, {s, "abc 9x", halfOpen}, {s, "B", closed}}},
		{"an ended probe makes room", hystrix.Config{Probes: 2, SuccessesToClose: 3}, []step{
			{0, "f", open}, {s, "ab x A c x", halfOpen}, {s, "B d x", halfOpen}, {s, "D", closed},
		}},
		{"more successes than probes", hystrix.Config{SuccessesToClose: 5}, []step{{0, "f", open}, {s, "4s", halfOpen}, {s, "s", closed}}},
		{"fewer successes than probes", hystrix.Config{Probes: 5, SuccessesToClose: 2}, []step{{0, "f", open}, {s, "abcde x A", halfOpen}, {s, "B", closed}}},
		{"one failure opens again", hystrix.Config{Probes: 5, SuccessesToClose: 5}, []step{{0, "f", open}, {s, "4s", halfOpen}, {s, "f x", open}, {2 * s, "4s", halfOpen}, {2 * s, "s", closed}}},
		{"a failure among probes in flight", hystrix.Config{Probes: 3}, []step{{0, "f", open}, {s, "abc ~B A C x", open}, {2 * s, "a", halfOpen}}},
		{"ignored probes are given back", hystrix.Config{Probes: 2}, []step{{0, "f", open}, {s, "99i a b x =A c x", halfOpen}}},

		{"a probe counts once", hystrix.Config{SuccessesToClose: 2}, []step{{0, "f", open}, {s, "a A A A", halfOpen}, {s, "b B", closed}}},
		{"its second mark is not another's", hystrix.Config{Probes: 2, SuccessesToClose: 2}, []step{{0, "f", open}, {s, "ab A A ~A =A c x", halfOpen}, {s, "B", closed}}},
		{"success, then failure", hystrix.Config{SuccessesToClose: 2}, []step{{0, "f", open}, {s, "a A ~A", halfOpen}}},
		{"ignored, then failure", hystrix.Config{}, []step{{0, "f", open}, {s, "a =A ~A A", halfOpen}}},
		{"double marks make no room for more", hystrix.Config{Probes: 2, SuccessesToClose: 9}, []step{{0, "f", open}, {s, "ab x A A A c x", halfOpen}}},

		{"a lost probe makes room after its lifetime", hystrix.Config{ProbeLifetime: 3 * s}, []step{
			{0, "f", open}, {s, "a", halfOpen}, {4*s - 1, "x", halfOpen}, {4 * s, "b x", halfOpen}, {7*s - 1, "x", halfOpen}, {7 * s, "c x", halfOpen}, {7 * s, "C", closed},
		}},
		{"by default after 10s", hystrix.Config{}, []step{{0, "f", open}, {s, "a", halfOpen}, {11*s - 1, "x", halfOpen}, {11 * s, "b x", halfOpen}}},
		{"each by its own", hystrix.Config{Probes: 2, ProbeLifetime: 3 * s}, []step{
			{0, "f", open}, {s, "a", halfOpen}, {2 * s, "b", halfOpen}, {4 * s, "c x", halfOpen}, {5 * s, "d x", halfOpen},
		}},
		{"a late success still counts", hystrix.Config{ProbeLifetime: 3 * s}, []step{{0, "f", open}, {s, "a", halfOpen}, {9 * s, "A", closed}}},
		{"beside another probe, too", hystrix.Config{ProbeLifetime: 3 * s}, []step{{0, "f", open}, {s, "a", halfOpen}, {9 * s, "b x A", closed}}},
		{"a late failure counts as well", hystrix.Config{ProbeLifetime: 3 * s}, []step{{0, "f", open}, {s, "a", halfOpen}, {9 * s, "b ~A x", open}, {9 * s, "B", open}}},
		{"late, it counts once", hystrix.Config{ProbeLifetime: 3 * s, SuccessesToClose: 2}, []step{{0, "f", open}, {s, "a", halfOpen}, {9 * s, "A A A", halfOpen}}},
		{"a late one takes no place and leaves none", hystrix.Config{ProbeLifetime: 3 * s, SuccessesToClose: 9}, []step{{0, "f", open}, {s, "a", halfOpen}, {9 * s, "b x A x", halfOpen}}},
		{"not in another period", hystrix.Config{ProbeLifetime: 3 * s, SuccessesToClose: 2}, []step{
			{0, "f", open}, {s, "a", halfOpen}, {9 * s, "b ~B", open}, {10 * s, "c A ~A x", halfOpen}, {10 * s, "C", halfOpen}, {10 * s, "s", closed},
		}},
		{"streams longer than the lifetime close it", hystrix.Config{SuccessesToClose: 3}, []step{
			{0, "f", open}, {s, "a", halfOpen}, {11 * s, "b", halfOpen}, {21 * s, "c", halfOpen},
			{31 * s, "d", halfOpen}, {60 * s, "A", halfOpen}, {61 * s, "B", halfOpen}, {62 * s, "C", closed},
		}},

		{"Allow and marks", hystrix.Config{}, []step{{0, "-", open}, {s, "? 9! +", closed}, {s, "9?", closed}}},
		{"Allow, and a failure", hystrix.Config{}, []step{{0, "-", open}, {s, "? - !", open}, {2*s - 1, "!", open}, {2 * s, "?", halfOpen}}},
		{"marks are not those of permits", hystrix.Config{}, []step{{0, "f", open}, {s, "a + - 9+", halfOpen}, {s, "A", closed}}},
		{"a permit's outcome is not Allow's", hystrix.Config{Probes: 2, SuccessesToClose: 2}, []step{{0, "f", open}, {s, "a ? ! A A b !", halfOpen}, {s, "+", closed}}},
		{"one mark each", hystrix.Config{Probes: 3, SuccessesToClose: 3}, []step{{0, "-", open}, {s, "3? ! ++ 2? !", halfOpen}, {s, "+", closed}}},
		{"double marks through the bare methods", hystrix.Config{SuccessesToClose: 2}, []step{{0, "-", open}, {s, "? 5+", halfOpen}, {s, "? +", closed}}},
		{"a lost Allow makes room", hystrix.Config{ProbeLifetime: 3 * s}, []step{{0, "-", open}, {s, "?", halfOpen}, {4*s - 1, "!", halfOpen}, {4 * s, "? ! +", closed}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.config.RequestVolumeThreshold, tt.config.SleepWindow = 1, s
			timeline(t, tt.config, tt.steps)
		})
	}
}

func TestSnapshotShowsProbes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, hystrix.Config{RequestVolumeThreshold: 1, SleepJitter: -1, Probes: 2, SuccessesToClose: 9, ProbeLifetime: s})
		shows := func(probes int, ratio float64) {
			t.Helper()
			if s := b.Snapshot(); s.Probes != probes || s.DropRatio != ratio || s.RetryAfter != 0 {
				t.Errorf("the snapshot is %+v, want %d probes and drop ratio %v", s, probes, ratio)
			}
		}
		shows(0, 0)
		b.MarkFailed()
		time.Sleep(5 * s)
		first, _ := b.Acquire()
		shows(1, 0)
		time.Sleep(s / 2)
		second, _ := b.Acquire()
		shows(2, 1)
		time.Sleep(s / 2) // the first has lived
		shows(1, 0)
		first.Success()
		shows(1, 0)
		second.Ignore()
		shows(0, 0)
	})
}

// A backend that never answers takes a probe per lifetime. The breaker remembers
// the last 64 that were lost, and those in flight.
func TestLostProbesAreForgottenInTheEnd(t *testing.T) {
	for _, probes := range []int{1, 5} {
		t.Run(fmt.Sprint(probes), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBreaker(t, hystrix.Config{RequestVolumeThreshold: 1, Probes: probes, SuccessesToClose: 1000})
				b.MarkFailed()
				time.Sleep(6 * s)
				var lost []circuit.Permit
				for range 1000 {
					for range probes {
						p, err := b.Acquire()
						if err != nil {
							t.Fatal(err)
						}
						lost = append(lost, p)
					}
					time.Sleep(10 * s)
				}
				for i, p := range lost {
					before := b.Snapshot().State
					p.Failure()
					if after := b.Snapshot().State; after != before {
						if left := len(lost) - i; left != 64+probes {
							t.Errorf("the last %d probes are remembered, want %d", left, 64+probes)
						}
						return
					}
				}
				t.Error("no probe is remembered")
			})
		})
	}
}
