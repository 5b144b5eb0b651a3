package trials

import (
	"fmt"
	"time"

	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

// overloads are S1: more traffic than the backend can serve.
func overloads() []Trial {
	var all []Trial
	for _, s := range []struct {
		id, name string
		backend  sim.Backend
		deadline time.Duration
		few, lot float64
	}{
		{"S1a", "overload, a refusal costs 10 %", sim.Backend{RefusalCost: .1, Queue: 50 * time.Millisecond}, 0, .96, .93},
		{"S1b", "overload, a refusal costs 25 %", sim.Backend{RefusalCost: .25, Queue: 50 * time.Millisecond}, 0, .93, .85},
		{"S1c", "collapse: 2 s queue, 0.5 s deadline", sim.Backend{RefusalCost: .1, Queue: 2 * time.Second}, 500 * time.Millisecond, .85, .75},
	} {
		for _, fleet := range []struct {
			clients int
			times   float64
		}{{10, 2}, {10, 10}, {100, 2}, {100, 10}} {
			target := s.few
			if fleet.clients > 10 {
				target = s.lot
			}
			t := Trial{Scenario: sim.Scenario{
				Name:     fmt.Sprintf("%s %d clients ×%g", s.id, fleet.clients, fleet.times),
				About:    s.name,
				Duration: calm + minute,
				Backend:  s.backend,
				Traffic:  sim.Traffic{Clients: fleet.clients, Rate: capacity, Deadline: s.deadline},
				Phases:   []sim.Phase{{Rate: .5, Capacity: 1}, {At: calm, Rate: fleet.times, Capacity: 1}},
			}}
			t.Backend.Capacity, t.Backend.Latency = capacity, 10*time.Millisecond
			t.Measures = []Measure{goodputOf(calm, t.Duration, atLeast(target))}
			if fleet.clients == 100 && fleet.times == 10 {
				t.Measures = append(t.Measures, jainOf(atLeast(.8)), gapOf(atMost(6)))
			}
			all = append(all, t)
		}
	}
	full := Trial{Scenario: sim.Scenario{
		Name: "S1 ×1", About: "just as much as the backend can serve", Duration: minute,
		Backend: sim.Backend{Capacity: capacity, Latency: 10 * time.Millisecond, RefusalCost: .1, Queue: 50 * time.Millisecond},
		Traffic: sim.Traffic{Clients: 10, Rate: capacity},
		Phases:  []sim.Phase{{Rate: 1, Capacity: 1}},
	}}
	full.Measures = []Measure{refusedOf(full.Duration, 0)}
	return append(all, full)
}
