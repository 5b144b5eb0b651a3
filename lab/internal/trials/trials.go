// Package trials is the catalogue of scenarios that every engine goes through,
// with what is measured in each and the target that our best engine has.
//
// [All] has the catalogue. The targets are bounds for figures of one run; the
// scenarios without any are of the same kind as the others and stand beside them
// so that an engine tuned to the targets alone would show. [General] is what can
// be measured in a scenario of anybody's.
package trials

import (
	"math"
	"time"

	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

// Trial is a scenario and what is measured in it.
type Trial struct {
	sim.Scenario
	Measures []Measure
	// Family is that of trials which differ in one thing, and are to be read beside
	// each other, measure by measure. Most have none.
	Family string
}

// Measure is one figure of a run.
type Measure struct {
	Name   string // of a row, as "goodput"
	Unit   string // "", "%", "s" or "calls"
	About  string // one line for people
	Better Better
	Target Target
	// Of is the figure: NaN where the run has none, and infinite for a time that
	// did not come.
	Of func(*sim.Result) float64
}

// Better is which of two figures is the better one.
type Better int

// Of some figures, neither more nor less is better.
const (
	Neither Better = iota
	Higher
	Lower
)

// Target is a bound that a figure must keep.
type Target struct {
	Least, Most float64 // the other one is NaN
}

// NoTarget is kept by any figure.
var NoTarget = Target{math.NaN(), math.NaN()}

func atLeast(v float64) Target { return Target{Least: v, Most: math.NaN()} }
func atMost(v float64) Target  { return Target{Least: math.NaN(), Most: v} }

// Met tells whether v keeps the bound; without one, any v does.
func (t Target) Met(v float64) bool { return !(v < t.Least) && !(v > t.Most) }

// Set tells whether there is a bound.
func (t Target) Set() bool { return !math.IsNaN(t.Least) || !math.IsNaN(t.Most) }

// All is the catalogue.
func All() []Trial {
	var all []Trial
	for _, group := range [][]Trial{
		overloads(), outages(), steady(), changes(), others(), scale(),
	} {
		all = append(all, group...)
	}
	return all
}

const (
	capacity = 1000.0
	calm     = 5 * time.Second // before the trouble starts
	minute   = time.Minute
)

// endless is a backend without a limit.
func endless(latency time.Duration) sim.Backend { return sim.Backend{Latency: latency} }

// Calls is about how many calls a run of it simulates, retries not counted.
func (t *Trial) Calls() float64 {
	var calls float64
	for i, p := range t.Phases {
		end := t.Duration
		if i+1 < len(t.Phases) {
			end = t.Phases[i+1].At
		}
		calls += t.Traffic.Rate * p.Rate * (end - p.At).Seconds()
	}
	return calls
}
