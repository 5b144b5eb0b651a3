package trials

import (
	"time"

	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

const (
	goodputAbout = "calls served, as a share of what could have been: of those offered, all that the capacity and the errors allow"
	jainAbout    = "Jain's index: 1 when all clients were served as many calls, 1/n when one of n was served all"
	gapAbout     = "the longest time that any one client was without a success"
)

func goodputOf(from, to time.Duration, target Target) Measure {
	return Measure{"goodput", "", goodputAbout, Higher, target, goodput(from, to)}
}

func jainOf(target Target) Measure {
	return Measure{"fairness", "", jainAbout, Higher, target, (*sim.Result).Jain}
}

func gapOf(target Target) Measure {
	return Measure{"longest gap", "s", gapAbout, Lower, target, func(r *sim.Result) float64 { return r.LongestGap().Seconds() }}
}

func refusedOf(to time.Duration, most float64) Measure {
	return Measure{"refused", "%", "attempts that breakers refused, though the backend would have taken them",
		Lower, atMost(most), percent(refused(to))}
}

// goodput is what was served of what could have been.
func goodput(from, to time.Duration) func(*sim.Result) float64 {
	return func(r *sim.Result) float64 {
		var ideal float64
		for i := from; i < to; i += sim.Step {
			p := r.Scenario.At(i)
			offered := float64(r.Sum(i, i+sim.Step).Offered) * (1 - p.Errors)
			if c := r.Scenario.Backend.Capacity * p.Capacity * sim.Step.Seconds(); c > 0 {
				offered = min(offered, c*(1-p.Errors))
			}
			ideal += offered
		}
		return float64(r.Sum(from, to).Served) / ideal
	}
}

// refused is the share of attempts that the breaker refused, from the start on.
func refused(to time.Duration) func(*sim.Result) float64 {
	return func(r *sim.Result) float64 {
		sum := r.Sum(0, to)
		return float64(sum.Refused) / float64(max(1, sum.Refused+sum.Reached))
	}
}

func percent(f func(*sim.Result) float64) func(*sim.Result) float64 {
	return func(r *sim.Result) float64 { return 100 * f(r) }
}
