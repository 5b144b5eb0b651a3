package credit_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/credit"
)

// Two minutes with a steady share of errors, after a time in which all was well. Below
// the threshold next to nothing is refused, above it next to everything.
func TestSteadyErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		threshold, errors float64
		refused           [2]float64 // share of all calls, from and to
	}{
		{0.5, 0.2, [2]float64{0, 0.001}},
		{0.5, 0.3, [2]float64{0, 0.03}},
		{0.5, 0.4, [2]float64{0, 0.03}},
		{0.4, 0.3, [2]float64{0, 0.03}},
		{0.4, 0.5, [2]float64{0.95, 1}},
		{0.5, 0.6, [2]float64{0.95, 1}},
		{0.5, 0.8, [2]float64{0.95, 1}},
		{0.5, 1, [2]float64{0.97, 1}},
		{0.1, 0.2, [2]float64{0.95, 1}},
		{0.8, 0.6, [2]float64{0, 0.03}},
		{0.8, 0.95, [2]float64{0.95, 1}},
	} {
		for _, rate := range []float64{100, 1000} {
			t.Run(fmt.Sprintf("%v of %v/%vrps", tt.errors, tt.threshold, rate), func(t *testing.T) {
				for seed := range max(1, uint64(300/rate)) {
					synctest.Test(t, func(t *testing.T) {
						src := rand.New(rand.NewPCG(seed, 61))
						tr := at(diced(t, credit.Config{Threshold: tt.threshold}, src), rate)
						if f := tr.during(10*s, failing(src, 0)); f.refused > 0 {
							t.Fatalf("%d calls were refused while all was well", f.refused)
						}
						f := tr.during(2*time.Minute, failing(src, tt.errors))
						least := tt.refused[0]
						if rate == 100 {
							least *= 0.9 // the square root of the calls is a larger share of fewer
						}
						if share := f.share(); share < least || share > tt.refused[1] {
							t.Errorf("seed %d: a share of %.4f was refused, want from %v to %v", seed, share, least, tt.refused[1])
						}
					})
				}
			})
		}
	}
}

// A breaker that errors below the threshold have tripped twice in a row does not stay
// open for good: it did when only a long closed time made trials trust in errors.
func TestSteadyErrorsDontHoldItOpen(t *testing.T) {
	for seed := range uint64(3) {
		synctest.Test(t, func(t *testing.T) {
			src := rand.New(rand.NewPCG(seed, 64))
			b := diced(t, credit.Config{}, src)
			tr := at(b, 100)
			tr.during(10*s, failing(src, 0))
			for range 2 {
				for b.Snapshot().State == closed {
					tr.offer(1, failing(src, 1))
				}
				for range 1000 {
					if tr.offer(1, failing(src, 0.4)); b.Snapshot().State == closed {
						break
					}
				}
			}
			tr.during(2*time.Minute, failing(src, 0.4))
			if f := tr.during(time.Minute, failing(src, 0.4)); f.share() > 0.03 {
				t.Errorf("seed %d: two minutes after two trips a share of %.3f is refused, want .03 at most", seed, f.share())
			}
		})
	}
}

// Where 10 s of outage go before, the first results after it tell which errors are
// always there.
func TestSteadyErrorsAfterAnOutage(t *testing.T) {
	for _, share := range []float64{0.1, 0.2, 0.3} {
		for seed := range uint64(5) {
			synctest.Test(t, func(t *testing.T) {
				src := rand.New(rand.NewPCG(seed, 62))
				tr := at(diced(t, credit.Config{}, src), 100)
				tr.during(10*s, failing(src, 0))
				tr.during(10*s, failing(src, 1))
				f := tr.during(time.Minute, failing(src, share))
				if ideal := float64(f.offered) * (1 - share); float64(f.good) < 0.93*ideal {
					t.Errorf("%v of errors, seed %d: %d of %d calls succeeded, want %.0f at least", share, seed, f.good, f.offered, 0.93*ideal)
				}
			})
		}
	}
}

// A callee that is down for 5 s and well for 5 s, in turns: what it can serve is
// served, and few calls are wasted on it.
func TestFlappingCallee(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := rand.New(rand.NewPCG(1, 63))
		tr := at(diced(t, credit.Config{}, src), 100)
		var up, down flow
		for range 12 {
			f := tr.during(5*s, failing(src, 0))
			up.offered, up.refused = up.offered+f.offered, up.refused+f.refused
			f = tr.during(5*s, failing(src, 1))
			down.offered, down.refused = down.offered+f.offered, down.refused+f.refused
		}
		t.Logf("refused: a share of %.3f while it was well, of %.3f while it was down", up.share(), down.share())
		if up.share() > 0.1 || down.share() < 0.9 {
			t.Errorf("a share of %.3f was refused while it was well, want 0.1 at most; of %.3f while it was down, want 0.9 at least",
				up.share(), down.share())
		}
	})
}
