package chart

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Beyond these multiples of what can be served, the rate axis is clipped, and
// beyond this multiple of all calls, the capacity is left out: else what was
// served would be a thin line at the bottom.
const (
	mostOverServed   = 2.8
	mostOverAsked    = 1.5
	roomAboveHighest = 1.04
)

// ceiling is the rate that the rate axis has to reach.
func ceiling(runs []series, spans []span) float64 {
	var asked, served, capacity float64
	for _, r := range runs {
		asked = max(asked, slices.Max(r.asked))
		served = max(served, slices.Max(r.served))
	}
	for _, s := range spans {
		asked = max(asked, s.rate)
		capacity = max(capacity, s.capacity)
	}
	if capacity <= mostOverAsked*asked {
		asked, served = max(asked, capacity), max(served, capacity)
	}
	if served > 0 {
		asked = min(asked, mostOverServed*served)
	}
	return asked * roomAboveHighest
}

// axis goes from 0 to max, with a tick at each multiple of step.
type axis struct {
	max, step float64
}

// newAxis has at most the given number of steps, each of a round number.
func newAxis(top float64, steps int) axis {
	if top <= 0 {
		return axis{max: 1, step: 1}
	}
	size := math.Pow(10, math.Floor(math.Log10(top/float64(steps))))
	for _, m := range []float64{1, 2, 2.5, 5, 10} {
		if m*size*float64(steps) >= top*(1-1e-9) {
			return axis{max: top, step: m * size}
		}
	}
	return axis{max: top, step: 10 * size}
}

// ticks are the multiples of step up to max.
func (a axis) ticks() []float64 {
	var all []float64
	for i := 0; float64(i)*a.step <= a.max*(1+1e-9); i++ {
		all = append(all, float64(i)*a.step)
	}
	return all
}

// number is v with commas between thousands, and three digits that count.
func number(v float64) string {
	if v < 1000 {
		return strconv.FormatFloat(round(v, 3), 'f', -1, 64)
	}
	s := strconv.FormatFloat(round(v, 3), 'f', 0, 64)
	var b strings.Builder
	for i, digit := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return b.String()
}

// round keeps the first digits of v.
func round(v float64, digits int) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', digits, 64), 64)
	if err != nil {
		return v
	}
	return r
}
