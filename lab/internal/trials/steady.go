package trials

import (
	"fmt"
	"time"

	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

// steady is S3: the same share of calls fails all the time.
func steady() []Trial {
	var all []Trial
	for _, errors := range []float64{.1, .2, .3, .4, .6, .8} {
		t := Trial{Scenario: sim.Scenario{
			Name: fmt.Sprintf("S3 %g %%", 100*errors), About: "the same share of calls fails all the time", Duration: 2 * minute,
			Backend: endless(10 * time.Millisecond),
			Traffic: sim.Traffic{Clients: 10, Rate: 1000},
			Phases:  []sim.Phase{{Rate: 1, Capacity: 1, Errors: errors}},
		}}
		var m Measure
		switch {
		case errors <= .2:
			m = refusedOf(t.Duration, .1)
		case errors < .5:
			m = goodputOf(0, t.Duration, atLeast(.97))
		default:
			m = Measure{"admitted", "", "attempts that breakers let through, though most fail", Lower, atMost(.05), func(r *sim.Result) float64 {
				return 1 - refused(t.Duration)(r)
			}}
		}
		t.Measures = []Measure{m}
		all = append(all, t)
	}
	return all
}
