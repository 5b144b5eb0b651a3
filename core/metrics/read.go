package metrics

import (
	"iter"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// breaker is one that is read.
type breaker struct {
	circuit.Snapshot
	counts bool // its admissions
}

func (b *breaker) known(n uint64) float64 {
	if !b.counts {
		return math.NaN()
	}
	return float64(n)
}

// CountAdmissions has every breaker of g count what it admits, those that it will make
// included until stop is called. Breakers that count already go on.
func CountAdmissions(g *group.Group) (stop func()) {
	return g.Each(func(_ string, b circuit.Breaker) {
		if c, ok := circuit.As[circuit.AdmissionCounter](b); ok {
			c.CountAdmissions()
		}
	})
}

// Keys iterates over the guarded keys of g, in no order, each once. The values are those
// of [OfKey]: for each instrument one for each of its members. They are those of one
// moment for each key, and are overwritten for the next. A key that is not valid UTF-8,
// or begins with a quotation mark, is quoted as Go does it: so none looks like another,
// and every exporter can take it.
func Keys(g *group.Group) iter.Seq2[string, []float64] {
	return func(yield func(string, []float64) bool) {
		var values []float64
		var shown breaker
		for key, b := range g.All() {
			r, ok := circuit.As[circuit.Reporter](b)
			if _, disabled := circuit.As[circuit.Disabled](b); disabled || !ok {
				continue
			}
			shown.Snapshot = r.Snapshot()
			_, shown.counts = circuit.As[circuit.AdmissionCounter](b)
			values = read(values[:0], ofKey, &shown)
			if !yield(Printable(key), values) {
				return
			}
		}
	}
}

// Group is the values of [OfGroup], one for each instrument.
func Group(g *group.Group) []float64 {
	stats := g.Stats()
	return read(nil, ofGroup, &stats)
}

func read[T any](values []float64, table []row[T], of *T) []float64 {
	for i := range table {
		values = table[i].read(values, of)
	}
	return values
}

// Printable is the key as [Keys] gives it.
func Printable(key string) string {
	if strings.HasPrefix(key, `"`) || !utf8.ValidString(key) {
		return strconv.Quote(key)
	}
	return key
}
