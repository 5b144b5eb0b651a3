package sre_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/sre"
)

func newBreaker(t *testing.T, c sre.Config) *sre.Breaker {
	t.Helper()
	b, err := sre.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func update(t *testing.T, b *sre.Breaker, c sre.Config) {
	t.Helper()
	if err := b.Update(c); err != nil {
		t.Fatal(err)
	}
}

func mark(b *sre.Breaker, successes, failures int) {
	for range successes {
		b.MarkSuccess()
	}
	for range failures {
		b.MarkFailed()
	}
}

// ask acquires n times at one moment and gives back what is admitted, so that
// outcomes don't change the window meanwhile.
func ask(b *sre.Breaker, n int) (refused int) {
	for range n {
		p, err := b.Acquire()
		if err != nil {
			refused++
			continue
		}
		p.Ignore()
	}
	return refused
}

// The factors are binary fractions, so that the ratios are exact.
func TestFormula(t *testing.T) {
	for _, tt := range []struct {
		name                         string
		config                       sre.Config
		successes, failures, refused int
		want                         float64
	}{
		{"no calls", sre.Config{}, 0, 0, 0, 0},
		{"all succeed", sre.Config{}, 100, 0, 0, 0},
		{"all fail", sre.Config{}, 0, 100, 0, 100. / 101},
		{"one in ten succeeds", sre.Config{}, 10, 90, 0, 80. / 101},
		{"a quarter succeeds", sre.Config{}, 25, 75, 0, 50. / 101},
		{"one below half succeeds", sre.Config{}, 49, 51, 0, 2. / 101},
		{"half succeeds, which K 2 allows", sre.Config{}, 50, 50, 0, 0},
		{"K 1.5, all fail", sre.Config{K: 1.5}, 0, 100, 0, 100. / 101},
		{"K 1.5, half succeeds", sre.Config{K: 1.5}, 50, 50, 0, 25. / 101},
		{"K 1.5, two thirds succeed", sre.Config{K: 1.5}, 66, 33, 0, 0},
		{"K 1.5, one less", sre.Config{K: 1.5}, 65, 34, 0, 1.5 / 100},
		{"K 1.0625, nine in ten succeed", sre.Config{K: 1.0625}, 90, 10, 0, 4.375 / 101},
		{"K 1000, 1 of 1000 succeeds", sre.Config{K: 1000}, 1, 999, 0, 0},
		{"K 1000, 1 of 1001 succeeds", sre.Config{K: 1000}, 1, 1000, 0, 1. / 1002},

		{"below MinRequests", sre.Config{}, 0, 19, 0, 0},
		{"at MinRequests", sre.Config{}, 0, 20, 0, 20. / 21},
		{"MinRequests 1, one failure", sre.Config{MinRequests: 1}, 0, 1, 0, 1. / 2},
		{"MinRequests 1, one success", sre.Config{MinRequests: 1}, 1, 0, 0, 0},
		{"successes count for MinRequests", sre.Config{}, 5, 15, 0, 10. / 21},
		{"MinRequests 1000", sre.Config{MinRequests: 1000}, 0, 999, 0, 0},

		{"Protection", sre.Config{Protection: 5}, 0, 100, 0, 95. / 101},
		{"Protection and successes", sre.Config{Protection: 10}, 20, 80, 0, 50. / 101},
		{"Protection forgives all", sre.Config{Protection: 100}, 0, 100, 0, 0},
		{"Protection forgives more than all", sre.Config{Protection: 1e9}, 0, 100, 0, 0},
		{"Protection forgives all but one", sre.Config{Protection: 99}, 0, 100, 0, 1. / 101},

		{"MaxDropRatio caps", sre.Config{MaxDropRatio: 0.5}, 0, 100, 0, 0.5},
		{"MaxDropRatio leaves what is lower", sre.Config{MaxDropRatio: 0.5}, 30, 70, 0, 40. / 101},
		{"MaxDropRatio leaves 0", sre.Config{MaxDropRatio: 0.5}, 90, 10, 0, 0},

		{"own refusals don't count", sre.Config{}, 10, 90, 300, 80. / 101},
		{"but for MinRequests they do", sre.Config{MinRequests: 400}, 10, 90, 300, 80. / 101},
		{"below MinRequests with them", sre.Config{MinRequests: 401}, 10, 90, 300, 0},
		{"CountRefusals", sre.Config{CountRefusals: true}, 10, 90, 300, 380. / 401},
		{"CountRefusals without any", sre.Config{CountRefusals: true}, 10, 90, 0, 80. / 101},
		{"CountRefusals outweighed", sre.Config{CountRefusals: true}, 200, 90, 110, 0},
		{"CountRefusals holds up what successes alone would end", sre.Config{CountRefusals: true}, 200, 90, 111, 1. / 402},
		{"CountRefusals and Protection", sre.Config{CountRefusals: true, Protection: 40}, 10, 90, 300, 340. / 401},
		{"CountRefusals and a cap", sre.Config{CountRefusals: true, MaxDropRatio: 0.25}, 10, 90, 300, 0.25},
		{"CountRefusals below MinRequests", sre.Config{CountRefusals: true, MinRequests: 401}, 10, 90, 300, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// A strict breaker refuses as often as it is wanted; the failures
				// come first, and the settings under test last.
				b := newBreaker(t, sre.Config{MinRequests: 1})
				mark(b, 0, tt.failures)
				for left := tt.refused; left > 0; left-- {
					for ask(b, 1) == 0 {
					}
				}
				mark(b, tt.successes, 0)
				update(t, b, tt.config)
				s := b.Snapshot()
				window := circuit.Counts{Successes: uint64(tt.successes), Failures: uint64(tt.failures), Refused: uint64(tt.refused)}
				if s.Window != window {
					t.Fatalf("the window holds %+v, want %+v", s.Window, window)
				}
				if s.DropRatio != tt.want {
					t.Errorf("the drop ratio is %v, want %v", s.DropRatio, tt.want)
				}
			})
		})
	}
}

// The share of refused calls lies within 5 standard deviations of the drop
// ratio: one run in 200,000 fails by chance.
func TestRefusesTheShareThatTheRatioSays(t *testing.T) {
	const n = 100_000
	for _, tt := range []struct {
		name                string
		config              sre.Config
		successes, failures int
		ratio               float64
	}{
		{"nothing", sre.Config{}, 50, 50, 0},
		{"one in a hundred", sre.Config{}, 49, 50, 1. / 100},
		{"a quarter", sre.Config{}, 37, 62, 25. / 100},
		{"a half", sre.Config{MinRequests: 1}, 0, 1, 1. / 2},
		{"nearly all", sre.Config{}, 0, 9999, 9999. / 10000},
		{"as much as MaxDropRatio", sre.Config{MaxDropRatio: 0.75}, 0, 1000, 0.75},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBreaker(t, tt.config)
				mark(b, tt.successes, tt.failures)
				refused := ask(b, n)
				if s := b.Snapshot(); s.DropRatio != tt.ratio || s.Total.Refused != uint64(refused) {
					t.Fatalf("ratio %v, %d refused in total, want %v, %d", s.DropRatio, s.Total.Refused, tt.ratio, refused)
				}
				deviation := math.Sqrt(n * tt.ratio * (1 - tt.ratio))
				if off := math.Abs(float64(refused) - n*tt.ratio); off > 5*deviation {
					t.Errorf("%d of %d were refused, want %v ± %.0f", refused, n, n*tt.ratio, 5*deviation)
				}
			})
		})
	}
}

// The window that the ratio is taken over moves by buckets.
func TestRatioFollowsTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, sre.Config{Window: 5 * time.Second, Buckets: 10})
		start := time.Now()
		for _, step := range []struct {
			at                  time.Duration
			successes, failures int
			want                float64
		}{
			{0, 0, 40, 40. / 41},
			{499 * time.Millisecond, 0, 40, 80. / 81},
			{500 * time.Millisecond, 10, 10, 80. / 101},
			{4999 * time.Millisecond, 0, 0, 80. / 101},
			{5000 * time.Millisecond, 0, 0, 0}, // 10 of 20
			{5000 * time.Millisecond, 0, 5, 5. / 26},
			{5499 * time.Millisecond, 0, 0, 5. / 26},
			{5500 * time.Millisecond, 0, 0, 0}, // 5 calls, too few
			{5500 * time.Millisecond, 0, 20, 25. / 26},
			{time.Hour, 0, 0, 0},
		} {
			time.Sleep(time.Until(start.Add(step.at)))
			mark(b, step.successes, step.failures)
			if got := b.Snapshot().DropRatio; got != step.want {
				t.Errorf("at %v the drop ratio is %v, want %v", step.at, got, step.want)
			}
		}
	})
}
