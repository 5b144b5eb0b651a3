package trials

import (
	"fmt"
	"time"

	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

// scale is one large backend at ten times its load, shared by more and more
// clients: the total is the same, so each client sees less and less of it.
func scale() []Trial {
	const seconds = 10
	var all []Trial
	for _, clients := range []int{1, 10, 100, 1000} {
		t := Trial{Scenario: sim.Scenario{
			Name:     fmt.Sprintf("scale %d", clients),
			About:    "clients that share 100,000 calls a second, ten times what the backend can serve",
			Duration: (1 + seconds) * time.Second,
			Backend:  sim.Backend{Capacity: 10 * capacity, Latency: 10 * time.Millisecond, Queue: 50 * time.Millisecond, RefusalCost: .1},
			Traffic:  sim.Traffic{Clients: clients, Rate: 100 * capacity},
			Phases:   []sim.Phase{{Rate: .05, Capacity: 1}, {At: time.Second, Rate: 1, Capacity: 1}},
		}}
		t.Family = "scale"
		t.Measures = []Measure{goodputOf(time.Second, t.Duration, NoTarget)}
		if clients > 1 {
			t.Measures = append(t.Measures, jainOf(NoTarget), gapOf(NoTarget))
		}
		all = append(all, t)
	}
	return all
}
