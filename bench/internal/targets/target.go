package targets

import (
	"math"

	"github.com/go-fusebox/fusebox/bench/internal/measure"
)

// Target is one thing that is asked.
type Target struct {
	Row   string // of the table of targets
	Than  string // what it is compared with, such as "× aegis"
	Least bool   // the bound is a lower one
	Bound float64
	// Ratios are what must keep the bound, each of them.
	Ratios []Ratio
}

// Ratio is one comparison.
type Ratio struct {
	Of          string // the engine, or the circumstances
	Over, Under Term
}

// Term is a value that figures make.
type Term struct {
	Names  []string // the least of these figures; the number 1 where there is none
	Minus  string   // a figure to take off, or empty
	Times  float64  // a factor, 0 is 1
	Allocs bool     // of allocations, in place of time or bytes
}

// Value is what a ratio came to.
type Value struct {
	Of    string
	Ratio float64
	Met   bool
}

// Verdict is a target with what was seen of it.
type Verdict struct {
	Target
	Measured bool // all figures are there
	Met      bool
	Values   []Value
}

// Judge holds the figures against the target.
func (t Target) Judge(figures map[string]measure.Figure) Verdict {
	v := Verdict{Target: t, Measured: true, Met: true}
	for _, r := range t.Ratios {
		over, ok := r.Over.value(figures)
		under, too := r.Under.value(figures)
		if !ok || !too {
			return Verdict{Target: t}
		}
		value := Value{Of: r.Of, Ratio: over / under}
		value.Met = t.keeps(value.Ratio)
		v.Met = v.Met && value.Met
		v.Values = append(v.Values, value)
	}
	return v
}

// keeps is false for what isn't a number.
func (t Target) keeps(ratio float64) bool {
	if t.Least {
		return ratio >= t.Bound
	}
	return ratio <= t.Bound
}

func (t Term) value(figures map[string]measure.Figure) (float64, bool) {
	if len(t.Names) == 0 {
		return 1, true
	}
	least := math.Inf(1)
	for _, name := range t.Names {
		f, ok := figures[name]
		if !ok {
			return 0, false
		}
		least = min(least, t.of(f))
	}
	if t.Minus != "" {
		f, ok := figures[t.Minus]
		if !ok {
			return 0, false
		}
		least -= t.of(f)
	}
	if t.Times != 0 {
		least *= t.Times
	}
	return least, true
}

func (t Term) of(f measure.Figure) float64 {
	if t.Allocs {
		return f.Allocs
	}
	return f.Median
}
