package engine

import (
	"math"
	"testing"
)

// chi2 is by how many standard deviations the counts are too uneven, or too even.
func chi2(counts []int, n int) float64 {
	want, sum := float64(n)/float64(len(counts)), 0.0
	for _, c := range counts {
		sum += (float64(c) - want) * (float64(c) - want) / want
	}
	df := float64(len(counts) - 1)
	return math.Abs(sum-df) / math.Sqrt(2*df)
}

// Luck is uniform in its top byte, which decides on most ratios, and in its low one; and
// what comes next doesn't depend on it.
func TestLuckIsUniform(t *testing.T) {
	const n = 1 << 17
	for _, seed := range []uint64{0, 1, 2, 1e9 + 7, 1 << 63, math.MaxUint64} {
		c := New("test", seed)
		var top, low [256]int
		var pairs [256]int
		before := c.luck(0)
		for i := range uint64(n) {
			luck := c.luck(i + 1)
			top[luck>>56]++
			low[luck&255]++
			pairs[before>>60<<4|luck>>60]++
			before = luck
		}
		for _, tt := range []struct {
			name   string
			counts [256]int
		}{{"top byte", top}, {"low byte", low}, {"pairs of top digits", pairs}} {
			if off := chi2(tt.counts[:], n); off > 5 {
				t.Errorf("seed %d: the %s is %.1f sigma off uniform", seed, tt.name, off)
			}
		}
	}
}

// The sequences of seeds that follow each other, as those of breakers made one after
// the other may, aren't the same shifted.
func TestLuckOfNeighbours(t *testing.T) {
	const n = 1 << 16
	a, b := New("test", 1), New("test", 2)
	var pairs [256]int
	seen := map[uint64]bool{}
	for i := range uint64(n) {
		pairs[a.luck(i)>>60<<4|b.luck(i)>>60]++
		seen[a.luck(i)] = true
	}
	if off := chi2(pairs[:], n); off > 5 {
		t.Errorf("the luck of two neighbours goes together: %.1f sigma off", off)
	}
	same := 0
	for i := range uint64(n) {
		if seen[b.luck(i)] {
			same++
		}
	}
	if same > 0 {
		t.Errorf("two seeds have %d of %d numbers in common", same, n)
	}
}

// The first of splitmix64 with seed 0, as published with it.
func TestLuckIsSplitmix64(t *testing.T) {
	c := New("test", 0)
	for n, want := range []uint64{0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f, 0xf88bb8a8724c81ec} {
		if got := c.luck(uint64(n) + 1); got != want {
			t.Errorf("luck %d is %#x, want %#x", n+1, got, want)
		}
	}
}

// A ratio of 0 refuses nobody, one of 1 everybody, and those close to 1 are no overflow.
func TestThreshold(t *testing.T) {
	for _, tt := range []struct {
		probability float64
		want        uint64
	}{
		{0, 0}, {0x1p-64, 1}, {0.25, 1 << 62}, {0.5, 1 << 63}, {0.75, 3 << 62},
		{math.Nextafter(1, 0), 1<<64 - 1<<11}, {1, Always}, {1.5, Always}, {math.Inf(1), Always},
	} {
		if got := threshold(tt.probability); got != tt.want {
			t.Errorf("threshold(%v) = %#x, want %#x", tt.probability, got, tt.want)
		}
	}
}
