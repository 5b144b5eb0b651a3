package report

import (
	"fmt"
	"slices"

	"github.com/go-fusebox/fusebox/lab/internal/trials"
)

// note explains a measure.
type note struct {
	label, about string
	wide         int // of the longest label
}

// notes explains each measure of the table once.
func (t *Table) notes() []note {
	var notes []note
	wide := 0
	for _, r := range t.Rows {
		n := note{label: r.label(), about: r.About}
		if !slices.Contains(notes, n) {
			notes = append(notes, n)
			wide = max(wide, width(n.label))
		}
	}
	for i := range notes {
		notes[i].wide = wide
	}
	return notes
}

// summary is how many targets each engine meets, and which ones the best of ours
// misses.
type summary struct {
	head    string
	met     []int // by engine
	verdict string
	misses  []string

	wide, digits int // of the names and of the counts
}

// summary is nil if there is no target.
func (t *Table) summary() *summary {
	targets, counts := t.count()
	if targets == 0 {
		return nil
	}
	s := &summary{head: fmt.Sprintf("Targets met, of %d:", targets), met: counts, digits: len(fmt.Sprint(targets))}
	best := -1
	for i, e := range t.Engines {
		s.wide = max(s.wide, width(e.Name))
		if e.Ours && (best < 0 || counts[i] > counts[best]) {
			best = i
		}
	}
	if best < 0 {
		return s
	}
	name := t.Engines[best].Name
	if counts[best] == targets {
		s.verdict = name + " meets every target."
		return s
	}
	s.verdict = fmt.Sprintf("%s, the best of ours, misses %d:", name, targets-counts[best])
	for _, r := range t.Rows {
		if v := r.Values[best]; r.Target.Set() && !keeps(r.Target, v) {
			s.misses = append(s.misses, fmt.Sprintf("%s, %s: %s, must be %s", r.Trial, r.Name, unit(r.number(v), r.Unit), unit(bound(r.Target), r.Unit)))
		}
	}
	return s
}

// count is how many targets there are, and how many each engine meets.
func (t *Table) count() (targets int, engines []int) {
	engines = make([]int, len(t.Engines))
	for _, r := range t.Rows {
		if !r.Target.Set() {
			continue
		}
		targets++
		for i, v := range r.Values {
			if keeps(r.Target, v) {
				engines[i]++
			}
		}
	}
	return targets, engines
}

// keeps is false for a figure that a run doesn't have.
func keeps(t trials.Target, v float64) bool { return v == v && t.Met(v) }
