package report

import (
	"math"
	"strconv"
	"strings"

	"github.com/go-fusebox/fusebox/lab/internal/trials"
)

// What stands for figures that aren't numbers.
const (
	none  = "–"
	never = "never"
)

// number prints a figure, as short as its unit allows, but never so that it would
// seem to meet a target that it misses, or the other way round.
func (r *Row) number(v float64) string {
	switch {
	case math.IsNaN(v):
		return none
	case math.IsInf(v, 0):
		return never
	}
	for digits := r.digits(v); ; digits++ {
		text := strconv.FormatFloat(v, 'f', digits, 64)
		shown, err := strconv.ParseFloat(text, 64)
		if err != nil || r.Target.Met(shown) == r.Target.Met(v) || digits > 12 {
			if shown == 0 {
				text = strings.TrimPrefix(text, "-")
			}
			return text
		}
	}
}

// digits are those behind the point.
func (r *Row) digits(v float64) int {
	switch {
	case r.Unit == "calls":
		return 0
	case r.Unit == "":
		return 3
	case r.Unit == "%" && v >= 99.5 && v < 100:
		return 2 // what is missing matters
	case math.Abs(v) >= 9.995:
		return 1
	}
	return 2
}

// bound is a target in words; empty if there is none.
func bound(t trials.Target) string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	switch {
	case !math.IsNaN(t.Least):
		return "≥ " + number(t.Least)
	case !math.IsNaN(t.Most):
		return "≤ " + number(t.Most)
	}
	return ""
}

// Figure is one figure with its name and unit, as "goodput 0.93".
func Figure(m trials.Measure, v float64) string {
	r := Row{Unit: m.Unit, Target: m.Target}
	return m.Name + " " + unit(r.number(v), m.Unit)
}

// unit puts the unit behind a figure, which may be a word.
func unit(figure, unit string) string {
	if unit == "" || figure == none || figure == never {
		return figure
	}
	return figure + " " + unit
}
