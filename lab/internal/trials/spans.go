package trials

import (
	"math"
	"time"

	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

// span is a phase with its end, and what the backend can make of calls in it.
type span struct {
	from, to time.Duration
	served   float64 // share of the calls offered that can succeed, by the errors
	capacity float64 // calls that can succeed in the whole of it; may be infinite
	load     float64 // calls that are offered in the whole of it
}

func spansOf(s *sim.Scenario) []span {
	var all []span
	for i, p := range s.Phases {
		end := s.Duration
		if i+1 < len(s.Phases) {
			end = s.Phases[i+1].At
		}
		errors, takes := p.Errors, s.Backend.Latency+p.Latency
		seconds := (end - p.At).Seconds()
		v := span{from: p.At, to: end, capacity: math.Inf(1), load: s.Traffic.Rate * p.Rate * seconds}
		if speed := s.Backend.Capacity * p.Capacity; speed > 0 {
			takes += time.Duration(float64(time.Second) / speed)
			v.capacity = speed * seconds
		}
		if p.Hang || s.Traffic.Deadline > 0 && takes > s.Traffic.Deadline {
			errors = 1
		}
		v.served = 1 - math.Pow(errors, float64(1+s.Traffic.Retries.Max))
		if errors > 0 {
			v.capacity *= 1 - errors
		}
		all = append(all, v)
	}
	return all
}

// possible is how many of the calls offered can succeed.
func (v span) possible(offered float64) float64 {
	if v.served == 0 {
		return 0
	}
	return min(offered*v.served, v.capacity)
}

// well tells whether all calls can succeed.
func (v span) well() bool { return v.served == 1 && v.load <= v.capacity }

// down tells whether none can.
func (v span) down() bool { return v.served == 0 }

// bad tells whether fewer than half can.
func (v span) bad() bool { return v.possible(v.load) < v.load/2 }

// total is the time of those spans.
func total(spans []span, of func(span) bool) (sum time.Duration) {
	for _, v := range spans {
		if of(v) {
			sum += v.to - v.from
		}
	}
	return sum
}
