package trials

import (
	"fmt"
	"math"
	"time"

	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

func outage(name, about string, rate float64, before, down, after time.Duration) sim.Scenario {
	return sim.Scenario{
		Name: name, About: about, Duration: before + down + after,
		Backend: endless(10 * time.Millisecond),
		Traffic: sim.Traffic{Clients: 1, Rate: rate},
		Phases:  []sim.Phase{{Rate: 1, Capacity: 1}, {At: before, Rate: 1, Capacity: 1, Errors: 1}, {At: before + down, Rate: 1, Capacity: 1}},
	}
}

// wastedOf and lostOf are of an outage and of the time after it.
func wastedOf(from, to time.Duration, target Target) Measure {
	return Measure{"wasted", "%", "calls offered in the outage that reached the failing backend", Lower, target, percent(func(r *sim.Result) float64 {
		sum := r.Sum(from, to)
		return float64(sum.Wasted) / float64(max(1, sum.Offered))
	})}
}

func lostOf(from time.Duration, target Target) Measure {
	return Measure{"lost", "s", "calls refused after the outage, in seconds of traffic", Lower, target, func(r *sim.Result) float64 {
		return float64(r.Sum(from, r.Scenario.Duration).Refused) / r.Scenario.Traffic.Rate
	}}
}

// outages are S2: everything fails, then all is well again.
func outages() []Trial {
	var all []Trial
	for _, s := range []struct {
		rate                         float64
		detect, wasted, lost, regret float64
	}{
		{1, math.NaN(), 40, 2.5, math.NaN()},
		{100, .15, 2.5, .8, 140},
		{1000, .15, 1, .4, math.NaN()},
	} {
		from, down := 20*time.Second, 32*time.Second
		end := from + down
		t := Trial{Scenario: outage(fmt.Sprintf("S2 %g/s", s.rate), "everything fails fast for 32 s", s.rate, from, down, 40*time.Second)}
		t.Measures = []Measure{
			{"detect", "s", "from the start of the outage to the first refusal", Lower, atMost(s.detect), func(r *sim.Result) float64 {
				for _, at := range r.Refusals {
					if at >= from {
						return (at - from).Seconds()
					}
				}
				return math.Inf(1)
			}},
			wastedOf(from, end, atMost(s.wasted)),
			lostOf(end, atMost(s.lost)),
			{"regret", "calls", "calls wasted in the outage and calls lost after it", Lower, atMost(s.regret), func(r *sim.Result) float64 {
				return float64(r.Sum(from, end).Wasted + r.Sum(end, t.Duration).Refused)
			}},
			{"failures seen", "calls", "failures that were known when the last call before the first refusal was let through: 7 if the eighth trips", Lower, atMost(7), func(r *sim.Result) float64 {
				return float64(r.Seen)
			}},
		}
		all = append(all, t)
	}
	return all
}
