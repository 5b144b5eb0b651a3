package trials

import (
	"fmt"
	"time"

	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

// changes are S5, S8, S9 and S12: what comes and goes, and what must not trip.
func changes() []Trial {
	all := []Trial{flapping()}

	step := Trial{Scenario: sim.Scenario{
		Name: "S8", About: "traffic steps from 10 to 1,000 a second, 200 ms round trip", Duration: minute,
		Backend: endless(200 * time.Millisecond), Traffic: sim.Traffic{Clients: 1, Rate: 1000},
		Phases: []sim.Phase{{Rate: .01, Capacity: 1}, {At: 30 * time.Second, Rate: 1, Capacity: 1}},
	}}
	step.Measures = []Measure{refusedOf(step.Duration, .1)}
	all = append(all, step)

	errors := Trial{Scenario: sim.Scenario{
		Name: "S9", About: "two hours of background errors, 1 % of the calls at first, 10 % at last", Duration: 2 * time.Hour,
		Backend: endless(10 * time.Millisecond), Traffic: sim.Traffic{Clients: 1, Rate: 100},
	}}
	for i := range 10 {
		errors.Phases = append(errors.Phases, sim.Phase{
			At: time.Duration(i) * errors.Duration / 10, Rate: 1, Capacity: 1, Errors: float64(i+1) / 100,
		})
	}
	errors.Measures = []Measure{refusedOf(errors.Duration, .1)}
	all = append(all, errors)

	for _, e := range []float64{.1, .2, .3} {
		s := outage(fmt.Sprintf("S12 %g %%", 100*e), "10 s outage, then some errors stay", 1000, 20*time.Second, 10*time.Second, minute)
		s.Traffic.Clients = 10
		s.Phases[2].Errors = e
		all = append(all, Trial{Scenario: s, Measures: []Measure{
			{"goodput after", "", "goodput of the minute after the outage", Higher, atLeast(.97), goodput(30*time.Second, s.Duration)},
		}})
	}
	return all
}

func flapping() Trial {
	const half, whole = 5 * time.Second, 10 * time.Second
	s := sim.Scenario{
		Name: "S5", About: "5 s down, 5 s up", Duration: 100 * time.Second,
		Backend: endless(10 * time.Millisecond), Traffic: sim.Traffic{Clients: 1, Rate: 100},
	}
	for at := time.Duration(0); at < s.Duration; at += whole {
		s.Phases = append(s.Phases,
			sim.Phase{At: at, Rate: 1, Capacity: 1, Errors: 1}, sim.Phase{At: at + half, Rate: 1, Capacity: 1})
	}
	sum := func(r *sim.Result, from time.Duration) (sum sim.Bin) {
		for at := from; at < r.Scenario.Duration; at += whole {
			b := r.Sum(at, at+half)
			sum.Served += b.Served
			sum.Wasted += b.Wasted
			sum.Offered += b.Offered
		}
		return sum
	}
	return Trial{Scenario: s, Measures: []Measure{
		{"served up", "", "calls served while the backend was up, of those offered then", Higher, atLeast(.94), func(r *sim.Result) float64 {
			up := sum(r, half)
			return float64(up.Served) / float64(up.Offered)
		}},
		{"wasted down", "%", "calls offered while the backend was down that reached it", Lower, atMost(8), percent(func(r *sim.Result) float64 {
			down := sum(r, 0)
			return float64(down.Wasted) / float64(down.Offered)
		})},
	}}
}
