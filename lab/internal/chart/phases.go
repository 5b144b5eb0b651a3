package chart

import "github.com/go-fusebox/fusebox/lab/internal/sim"

// span is one phase and the time that it is in force, in seconds.
type span struct {
	from, to float64
	rate     float64 // calls offered a second
	capacity float64 // services a second, 0 without limit
	fault    bool
}

// spansOf leaves out phases that begin after the end.
func spansOf(s sim.Scenario) []span {
	var all []span
	for i, p := range s.Phases {
		to := s.Duration
		if i+1 < len(s.Phases) {
			to = min(to, s.Phases[i+1].At)
		}
		if p.At >= to {
			continue
		}
		all = append(all, span{
			from:     p.At.Seconds(),
			to:       to.Seconds(),
			rate:     s.Traffic.Rate * p.Rate,
			capacity: s.Backend.Capacity * p.Capacity,
			fault:    p.Hang || p.Errors > 0 || p.Latency > 0 || s.Backend.Capacity > 0 && p.Capacity < 1,
		})
	}
	return all
}
