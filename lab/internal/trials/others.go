package trials

import (
	"time"

	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

// others are of the same kind, without a target of their own.
func others() []Trial {
	var blips, bursts []sim.Phase
	for at := time.Duration(0); at < minute; at += 10 * time.Second {
		blips = append(blips, sim.Phase{At: at, Rate: 1, Capacity: 1},
			sim.Phase{At: at + 5*time.Second, Rate: 1, Capacity: 1, Errors: 1}, sim.Phase{At: at + 5200*time.Millisecond, Rate: 1, Capacity: 1})
		bursts = append(bursts, sim.Phase{At: at, Rate: 1, Capacity: 1},
			sim.Phase{At: at + 5*time.Second, Rate: 5, Capacity: 1}, sim.Phase{At: at + 7*time.Second, Rate: 1, Capacity: 1})
	}
	s := time.Second
	brownout := fleet("brownout", "capacity falls to 40 % for 30 s", .8,
		sim.Phase{Rate: 1, Capacity: 1}, sim.Phase{At: 15 * s, Rate: 1, Capacity: .4}, sim.Phase{At: 45 * s, Rate: 1, Capacity: 1})
	weak := fleet("weak restart", "10 s down, then a tenth of the capacity, full after 20 s", .8,
		sim.Phase{Rate: 1, Capacity: 1}, sim.Phase{At: 10 * s, Rate: 1, Capacity: 1, Errors: 1},
		sim.Phase{At: 20 * s, Rate: 1, Capacity: .1}, sim.Phase{At: 30 * s, Rate: 1, Capacity: .5}, sim.Phase{At: 40 * s, Rate: 1, Capacity: 1})
	far := fleet("long round trip", "overload ×4, 500 ms away", 4, sim.Phase{Rate: 1, Capacity: 1})
	far.Backend.Latency = 500 * time.Millisecond
	retried := fleet("retries", "overload ×2, three retries each", 2, sim.Phase{Rate: 1, Capacity: 1})
	retried.Traffic.Retries = sim.Retries{Max: 3, Backoff: 50 * time.Millisecond}
	away := Trial{Scenario: outage("far outage", "everything fails for 30 s, 300 ms away", 1000, 20*s, 30*s, 40*s)}
	away.Backend.Latency = 300 * time.Millisecond
	away.Measures = []Measure{wastedOf(20*s, 50*s, NoTarget), lostOf(50*s, NoTarget)}
	few := fleet("few calls", "overload ×2 by 100 clients with a call a second each", 2, sim.Phase{Rate: 1, Capacity: 1})
	few.Backend.Capacity, few.Backend.Queue, few.Traffic.Clients, few.Traffic.Rate = 50, 200*time.Millisecond, 100, 100
	few.Measures = append(few.Measures, jainOf(NoTarget), gapOf(NoTarget))
	unequal := fleet("unequal", "overload ×2, half of it from one client of 20", 2, sim.Phase{Rate: 1, Capacity: 1})
	unequal.Traffic.First = .5
	unequal.Measures = append(unequal.Measures, Measure{"least served", "%",
		"calls served of those that a client wanted, at the client that fared worst", Higher, NoTarget, percent((*sim.Result).Least)})
	return []Trial{
		brownout, weak, away, far, retried, few, unequal,
		fleet("blips", "200 ms of failures each 10 s", .8, blips...),
		fleet("bursts", "half the capacity, five times that for 2 s of 10", .5, bursts...),
		fleet("mild", "overload ×1.2", 1.2, sim.Phase{Rate: 1, Capacity: 1}),
	}
}

// fleet is a minute of 20 clients, at a load that is a multiple of the capacity.
func fleet(name, about string, load float64, phases ...sim.Phase) Trial {
	return Trial{
		Scenario: sim.Scenario{
			Name: name, About: about, Duration: minute,
			Backend: sim.Backend{Capacity: capacity, Latency: 10 * time.Millisecond, Queue: 50 * time.Millisecond, RefusalCost: .1},
			Traffic: sim.Traffic{Clients: 20, Rate: load * capacity},
			Phases:  phases,
		},
		Measures: []Measure{goodputOf(0, minute, NoTarget)},
	}
}
