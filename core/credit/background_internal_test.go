package credit

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// learnt is a background that has learnt random results.
func learnt(src *rand.Rand) background {
	var b background
	if src.IntN(3) == 0 {
		b.suppose(1+src.IntN(9), 10)
	}
	share := src.Float64()
	for range src.IntN(200) {
		b.learn(src.Float64() < share)
	}
	if src.IntN(3) == 0 {
		b.forget()
	}
	return b
}

// What was learnt at rest depended on the size of the batches: full windows that
// were skipped did not count in the mean, so that the first errors after a long rest
// weighed twice as much as after a short one.
func TestRestIsSoManySuccesses(t *testing.T) {
	for seed := range uint64(2000) {
		src := rand.New(rand.NewPCG(seed, 1))
		at := learnt(src)
		if seed%5 == 0 {
			at = background{}
		}
		rested, one := at, at
		n := src.Uint64N(100)
		if seed%2 == 0 {
			n = src.Uint64N(5000)
		}
		for left := n; left > 0; {
			batch := 1 + src.Uint64N(left)
			rested.rest(batch)
			left -= batch
		}
		for range n {
			one.learn(false)
		}
		if rested != one {
			t.Fatalf("seed %d: after %d successes at rest %+v is %+v, and %+v one by one", seed, n, at, rested, one)
		}
	}
}

// A rest may be as long as a process lives; its bookkeeping must not be.
func TestLongRestIsCheap(t *testing.T) {
	b := background{share: 0.5, windows: 2, results: 5, failures: 3}
	if !b.rest(math.MaxUint64) {
		t.Error("the share changed, and rest does not say so")
	}
	// 5 + 2^64 - 1 results.
	if want := (background{windows: meanOf, results: 4}); b != want {
		t.Errorf("after 2^64-1 successes it is %+v, want %+v", b, want)
	}
}

// The share is the mean of some windows, at first of as many as there were.
func TestBackgroundIsTheMeanOfSomeWindows(t *testing.T) {
	var b background
	window := func(failures int, want float64) {
		t.Helper()
		for i := range windowOf {
			if changed := b.learn(i < failures); changed != (i == windowOf-1) {
				t.Fatalf("result %d of a window: changed is %v", i, changed)
			}
		}
		if b.share != want {
			t.Errorf("the share is %v, want %v", b.share, want)
		}
	}
	window(8, 0.25)
	window(16, 0.375)
	window(32, 0.5833333333333334)
	window(0, 0.4375)
	window(32, 0.578125)
	b.learn(true)
	b.forget()
	if b.share != 0.578125 || b.results != 0 || b.failures != 0 {
		t.Errorf("after forget it is %+v, want the share, and nothing begun", b)
	}
	window(4, 0.125)
	b.suppose(5, 10) // and 1.5 times its standard error
	if want := 0.5 + 1.5*math.Sqrt(0.025); b.share != want {
		t.Errorf("5 failures of 10 make the share %v, want %v", b.share, want)
	}
	b.suppose(1, 10)
	if want := 0.5 + 1.5*math.Sqrt(0.025); b.share != want {
		t.Errorf("a smaller share lowers it to %v, want %v", b.share, want)
	}
	window(0, (0.5+1.5*math.Sqrt(0.025))/2)
}

// reaches is the probability that a deficit of 1 gets to top before it is back at 0:
// up by 1 with the probability share, else down by θ/(1−θ), in steps of which up make
// 1 and down make θ/(1−θ). Found by iteration of the levels' equations.
func reaches(share float64, up, down, top int) float64 {
	p := make([]float64, top+up) // from that level
	for i := top; i < len(p); i++ {
		p[i] = 1
	}
	for range 20_000 {
		change := 0.0
		for i := top - 1; i > 0; i-- { // in the direction in which news travels
			next := share * p[i+up]
			if i > down {
				next += (1 - share) * p[i-down]
			}
			change = max(change, math.Abs(next-p[i])/max(next, 1e-30))
			p[i] = next
		}
		if change < 1e-9 {
			break
		}
	}
	return p[up]
}

// At the depth that is chosen, a rise from 0 trips about once in e^10 times, unless
// the depth is at one of its bounds. The depth may lie between two levels of the
// walk, and takes the higher one.
func TestDepthIsAsRareAsItSays(t *testing.T) {
	for _, tt := range []struct {
		threshold float64
		up, down  int // steps in a unit of the deficit, and down for a success
		least     int
	}{
		{0.5, 1, 1, 8},
		{0.4, 3, 2, 8},
		{0.25, 3, 1, 8},
		{0.2, 4, 1, 4},
		{0.75, 1, 3, 8},
		{0.8, 1, 4, 20},
	} {
		checked := 0
		for share := 0.01; share < tt.threshold; share += 0.01 {
			b := background{share: share}
			d := b.depth(tt.least, tt.threshold)
			low, high := float64(tt.least), mostDepth*float64(tt.least)
			if d < low || d > high {
				t.Errorf("θ %v, share %.2f: the depth is %v, want %v to %v", tt.threshold, share, d, low, high)
			}
			name := fmt.Sprintf("θ %v, share %.2f, depth %.2f", tt.threshold, share, d)
			p := reaches(share, tt.up, tt.down, int(math.Ceil(d*float64(tt.up))))
			switch rare := math.Exp(-10); {
			case d == low && p > 4*rare:
				t.Errorf("%s is the least, and is reached with %.2g, want %.2g at most", name, p, rare)
			case d == high && p < rare/4:
				t.Errorf("%s is the most, and is reached with %.2g only, want %.2g at least", name, p, rare)
			case d > low && d < high && (p < rare/4 || p > 4*rare):
				t.Errorf("%s is reached with the probability %.2g, want about %.2g", name, p, rare)
			case d > low && d < high:
				checked++
			}
		}
		if checked < 3 {
			t.Errorf("θ %v: only %d shares led to a depth between the bounds", tt.threshold, checked)
		}
	}
}

func TestDepthAtTheEnds(t *testing.T) {
	for _, tt := range []struct {
		share, threshold float64
		least            int
		want             float64
	}{
		{0, 0.5, 8, 8},
		{1e-300, 0.5, 8, 8},
		{0.5, 0.5, 8, 20},
		{0.499999999, 0.5, 8, 20},
		{1, 0.5, 8, 20},
		{0.9, 0.05, 1000, 2500},
		{0.04, 0.05, 1, 2.5},
	} {
		b := background{share: tt.share}
		if got := b.depth(tt.least, tt.threshold); got != tt.want {
			t.Errorf("share %v, θ %v: the depth is %v, want %v", tt.share, tt.threshold, got, tt.want)
		}
	}
	// In between it only grows with the share.
	for _, threshold := range []float64{0.05, 0.3, 0.5, 0.7, 0.95} {
		last := 0.0
		for share := 0.0; share <= 1; share += 0.001 {
			b := background{share: share}
			d := b.depth(8, threshold)
			if !(d >= last) {
				t.Fatalf("θ %v: with a share of %.3f the depth is %v, with a bit less %v", threshold, share, d, last)
			}
			last = d
		}
	}
}
