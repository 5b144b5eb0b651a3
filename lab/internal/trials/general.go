package trials

import (
	"math"
	"time"

	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

// General are the measures of anybody's scenario, those that make sense in it.
func General(s sim.Scenario) []Measure {
	spans := spansOf(&s)
	all := []Measure{
		{"goodput", "%", goodputAbout, Higher, NoTarget, percent(func(r *sim.Result) float64 {
			var possible float64
			for _, p := range spans {
				possible += p.possible(float64(r.Sum(p.from, p.to).Offered))
			}
			return float64(r.Sum(0, s.Duration).Served) / possible
		})},
		{"wasted", "%", "attempts that reached the backend and failed there or came back too late, of those that reached it", Lower, NoTarget, percent(func(r *sim.Result) float64 {
			sum := r.Sum(0, s.Duration)
			return share(sum.Wasted, sum.Reached)
		})},
		{"served", "%", "calls that succeeded in time, of all that clients wanted", Higher, NoTarget, percent(func(r *sim.Result) float64 {
			sum := r.Sum(0, s.Duration)
			return share(sum.Served, sum.Offered)
		})},
		{"refused", "%", "attempts that breakers refused, of all", Neither, NoTarget, percent(func(r *sim.Result) float64 {
			sum := r.Sum(0, s.Duration)
			return share(sum.Refused, sum.Refused+sum.Reached)
		})},
	}
	if sum := total(spans, span.well); sum > 0 && sum < s.Duration {
		all = append(all, Measure{"lost when well", "%", "calls not served, of those offered while the backend could serve all",
			Lower, NoTarget, percent(func(r *sim.Result) float64 {
				sum := within(r, spans, span.well)
				return share(sum.Offered-sum.Kept, sum.Offered)
			})})
	}
	if total(spans, span.down) > 0 {
		all = append(all, Measure{"passed when down", "%", "attempts that breakers let through while none could succeed, of all attempts then",
			Lower, NoTarget, percent(func(r *sim.Result) float64 {
				sum := within(r, spans, span.down)
				return share(sum.Reached, sum.Refused+sum.Reached)
			})})
	}
	if s.Traffic.Retries.Max > 0 {
		all = append(all, Measure{"attempts per call", "", "attempts that reached the backend, by the calls that clients wanted: retries make it more than 1",
			Lower, NoTarget, func(r *sim.Result) float64 {
				sum := r.Sum(0, s.Duration)
				return share(sum.Reached, sum.Offered)
			}})
	}
	all = append(all, times(&s, spans)...)
	if s.Traffic.Clients > 1 {
		all = append(all, jainOf(NoTarget))
	}
	return append(all, gapOf(NoTarget))
}

// times are how long it takes until a breaker acts, and until all is well again.
func times(s *sim.Scenario, spans []span) []Measure {
	var all []Measure
	for _, p := range spans {
		if p.bad() {
			all = append(all, Measure{"detect", "s", "from when the backend first can't serve half of the calls, to the next refusal",
				Lower, NoTarget, func(r *sim.Result) float64 { return firstRefusal(r, p.from) }})
			break
		}
	}
	if last := spans[len(spans)-1]; last.well() && total(spans, span.well) < s.Duration {
		for i := len(spans) - 1; i > 0 && spans[i-1].well(); i-- {
			last.from = spans[i-1].from
		}
		all = append(all, Measure{"recover", "s", "from when the backend can serve all calls again, for good, until nine of ten are served, and stay so",
			Lower, NoTarget, func(r *sim.Result) float64 { return recovery(r, last.from) }})
	}
	return all
}

// firstRefusal is how long it took, in seconds; infinite if there was none.
func firstRefusal(r *sim.Result, from time.Duration) float64 {
	if r.FirstTrip >= from {
		return (r.FirstTrip - from).Seconds()
	}
	for at := from; at < r.Scenario.Duration; at += sim.Step {
		if r.Sum(at, at+sim.Step).Refused > 0 {
			return (at - from).Seconds()
		}
	}
	return math.Inf(1)
}

// within adds up what happened in those spans, the last calls left out that may
// have no answer yet.
func within(r *sim.Result, spans []span, of func(span) bool) (sum sim.Bin) {
	s := &r.Scenario
	end := s.Duration - patience(s, s.Phases[len(s.Phases)-1])
	for _, p := range spans {
		if of(p) {
			b := r.Sum(p.from, min(p.to, end))
			sum.Offered += b.Offered
			sum.Kept += b.Kept
			sum.Refused += b.Refused
			sum.Reached += b.Reached
		}
	}
	return sum
}

// recovery is the time to the first of the steps after which nine calls of ten are
// served, in each second or hundred calls. The last calls may have no answer yet.
func recovery(r *sim.Result, from time.Duration) float64 {
	s := &r.Scenario
	p := s.At(from)
	long := max(time.Second, time.Duration(100/(s.Traffic.Rate*p.Rate)*float64(time.Second)).Round(sim.Step))
	back := math.Inf(1)
	for at := s.Duration - patience(s, p) - long; at >= from; at -= sim.Step {
		if sum := r.Sum(at, at+long); float64(sum.Kept) < .9*float64(sum.Offered) {
			break
		}
		back = (at - from).Seconds()
	}
	return back
}

// patience is how long a caller may wait for a call, with all its attempts.
func patience(s *sim.Scenario, p sim.Phase) time.Duration {
	one := s.Traffic.Deadline
	if one == 0 {
		one = s.Backend.Latency + p.Latency + s.Backend.Queue
	}
	all := one
	for i := range s.Traffic.Retries.Max {
		all += one + s.Traffic.Retries.Backoff<<i*3/2
	}
	return (all + sim.Step).Truncate(sim.Step)
}

// share is NaN of nothing.
func share(part, whole int) float64 { return float64(part) / float64(whole) }
