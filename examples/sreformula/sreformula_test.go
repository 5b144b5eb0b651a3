package main

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/sre"
)

// far is a difference, in standard deviations, that chance doesn't make: of a
// thousand million runs, two would see it.
const far = 6

// Of 200 requests in the window, so many succeeded; the shares are the formula's,
// worked out by hand as numerators over 201.
func TestStillWindowWithoutOwnRefusals(t *testing.T) {
	want := map[float64]map[int]float64{
		1.1: {0: 200, 10: 178, 25: 145, 40: 112, 50: 90, 60: 68, 75: 35, 95: 0, 100: 0},
		1.5: {0: 200, 10: 170, 25: 125, 40: 80, 50: 50, 60: 20, 75: 0, 95: 0, 100: 0},
		2:   {0: 200, 10: 160, 25: 100, 40: 40, 50: 0, 60: 0, 75: 0, 95: 0, 100: 0},
		3:   {0: 200, 10: 140, 25: 50, 40: 0, 50: 0, 60: 0, 75: 0, 95: 0, 100: 0},
	}
	for _, k := range ks {
		for _, percent := range rates {
			got, err := still(k, percent, false)
			if err != nil {
				t.Fatal(err)
			}
			share := want[k][percent] / 201
			if diff := got.formula() - share; diff > 1e-9 || diff < -1e-9 {
				t.Errorf("K = %v, %d %%: formula says %v, want %v", k, percent, got.formula(), share)
			}
			judgeTally(t, got, k, percent)
			if got.refused == got.calls { // at a ratio of 200/201 at most, 20,000 calls all refused are e^-100
				t.Errorf("K = %v, %d %%: every call refused", k, percent)
			}
		}
	}
}

// Where the breaker counts its own refusals, each adds a request to the window,
// so the share goes up while nothing succeeds; the formula goes up with it.
func TestStillWindowWithOwnRefusals(t *testing.T) {
	for _, k := range ks {
		for _, percent := range rates {
			without, err := still(k, percent, false)
			if err != nil {
				t.Fatal(err)
			}
			got, err := still(k, percent, true)
			if err != nil {
				t.Fatal(err)
			}
			judgeTally(t, got, k, percent)
			if without.refused > 0 && got.formula() <= without.formula() {
				t.Errorf("K = %v, %d %%: formula says %v, want above %v", k, percent, got.formula(), without.formula())
			}
		}
	}
}

// judgeTally: by the formula; quiet from a success rate of 1/K on.
func judgeTally(t *testing.T, got *tally, k float64, percent int) {
	t.Helper()
	if s := got.sigmas(); s > far || s < -far {
		t.Errorf("K = %v, %d %%: refused %.4f, formula says %.4f, %.1f sigmas away", k, percent, got.measured(), got.formula(), s)
	}
	quiet := k*float64(percent) >= 100
	if quiet != (got.refused == 0) {
		t.Errorf("K = %v, %d %%: refused %d of %d calls, want none: %v", k, percent, got.refused, got.calls, quiet)
	}
}

// The best success rate, in whole per cent, that still makes the breaker refuse.
func TestSmallerKDropsEarlier(t *testing.T) {
	for k, want := range map[float64]int{1.1: 90, 1.5: 66, 2: 49, 3: 33} {
		got := 100
		for ; got >= 0 && ratio(t, k, got) == 0; got-- {
		}
		if got != want {
			t.Errorf("K = %v drops from %d %% down, want %d %%", k, got, want)
		}
	}
}

func ratio(t *testing.T, k float64, percent int) float64 {
	t.Helper()
	b, err := sre.New(config(k, time.Hour, false))
	if err != nil {
		t.Fatal(err)
	}
	for range percent {
		b.MarkSuccess()
	}
	for range 100 - percent {
		b.MarkFailed()
	}
	return b.Snapshot().DropRatio
}

// Six seconds of traffic in each scene: call by call the formula, in the long run
// its point of rest. The measured share strays from that by its own chance, by
// what chance did to the window before, and by a bucket.
func TestTraffic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tallies, err := measureAll(t.Context(), 3*time.Second, 3*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range scenes() {
			got := tallies[i]
			if got.calls != 3*rate {
				t.Errorf("%+v: %d calls, want %d", s, got.calls, 3*rate)
			}
			judgeTally(t, got, s.k, s.percent)
			if d := got.measured() - s.rest(); d > 0.02 || d < -0.02 {
				t.Errorf("%+v: refused %.4f, want %.4f ± 0.02", s, got.measured(), s.rest())
			}
		}
	})
}

// The points of rest at round figures, by hand for large windows.
func TestRest(t *testing.T) {
	for _, tt := range []struct {
		scene scene
		want  float64
	}{
		{scene{k: 2, percent: 25}, 0.5},
		{scene{k: 2, percent: 25, countRefusals: true}, 1},
		{scene{k: 2, percent: 18, limited: true}, 0.4}, // 1 − √0.36
		{scene{k: 2, percent: 25, countRefusals: true, limited: true}, 0.5},
		{scene{k: 2, percent: 50}, 0},
	} {
		if got := tt.scene.rest(); got < tt.want-0.01 || got > tt.want+0.01 {
			t.Errorf("%+v: rests at %.4f, want about %v", tt.scene, got, tt.want)
		}
	}
}
