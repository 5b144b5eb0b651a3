package report

import (
	"math"
	"strconv"

	"github.com/go-fusebox/fusebox/bench/internal/measure"
)

// Figures are all that was measured, by the names of cases.
type Figures map[string]measure.Figure

// time is a figure's nanoseconds.
func (f Figures) time(name string) string {
	if v, ok := f[name]; ok {
		return Number(v.Median)
	}
	return none
}

func (f Figures) allocs(name string) string {
	if v, ok := f[name]; ok {
		return strconv.FormatFloat(v.Allocs, 'f', -1, 64)
	}
	return none
}

// ratio is how many times the other's time a figure's is.
func (f Figures) ratio(name, other string) string {
	over, ok := f[name]
	under, too := f[other]
	if !ok || !too || under.Median == 0 {
		return none
	}
	return Number(over.Median / under.Median)
}

// refused is the share of refused calls, to three digits that count where it is
// nearly none or all.
func (f Figures) refused(name string) string {
	v, ok := f[name]
	switch {
	case !ok:
		return none
	case v.Refused == 0 || v.Refused == 1:
		return Number(100*v.Refused) + " %"
	}
	return strconv.FormatFloat(100*v.Refused, 'f', 3, 64) + " %"
}

// spread is the widest of some figures.
func (f Figures) spread(names ...string) string {
	widest := -1.0
	for _, name := range names {
		if v, ok := f[name]; ok {
			widest = max(widest, v.Spread())
		}
	}
	if widest < 0 {
		return none
	}
	return strconv.FormatFloat(100*widest, 'f', 0, 64) + " %"
}

// added is what a figure has more than another.
func (f Figures) added(name, other string) string {
	v, ok := f[name]
	w, too := f[other]
	if !ok || !too {
		return none
	}
	return Number(v.Median - w.Median)
}

// Number writes v with three digits that count, and with all of those before the
// point.
func Number(v float64) string {
	digits := 2
	for size := math.Abs(v); size >= 9.995 && digits > 0; size /= 10 {
		digits--
	}
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if n, err := strconv.ParseFloat(s, 64); err == nil && n == 0 {
		return "0"
	}
	return s
}
