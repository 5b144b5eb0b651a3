package trials_test

import (
	"math"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/lab/internal/sim"
	"github.com/go-fusebox/fusebox/lab/internal/trials"
)

// The catalogue is such that the simulator, the table and the flags can use it.
func TestAll(t *testing.T) {
	seen := map[string]bool{}
	for _, trial := range trials.All() {
		t.Run(trial.Name, func(t *testing.T) {
			switch {
			case seen[trial.Name]:
				t.Error("there are two of that name")
			case trial.About == "":
				t.Error("nothing is said about it")
			case trial.Duration%sim.Step != 0 || trial.Duration <= 0:
				t.Errorf("it lasts %v, which isn't some steps", trial.Duration)
			case trial.Traffic.Clients < 1 || trial.Traffic.Rate <= 0:
				t.Errorf("there is no traffic: %+v", trial.Traffic)
			case len(trial.Phases) == 0 || trial.Phases[0].At != 0:
				t.Error("no phase is in force at the beginning")
			case len(trial.Measures) == 0:
				t.Error("nothing is measured")
			}
			seen[trial.Name] = true
			last := time.Duration(-1)
			for i, p := range trial.Phases {
				if p.At <= last || p.At >= trial.Duration || p.Rate <= 0 || p.Capacity <= 0 {
					t.Errorf("phase %d: %+v", i, p)
				}
				last = p.At
			}
			names := map[string]bool{}
			for _, m := range trial.Measures {
				if names[m.Name] || m.About == "" || m.Better == trials.Neither {
					t.Errorf("measure %q: two of that name, nothing about it, or no better", m.Name)
				}
				if m.Target.Least > 0 && m.Better != trials.Higher || m.Target.Most > 0 && m.Better != trials.Lower {
					t.Errorf("measure %q: the target is on the wrong side", m.Name)
				}
				names[m.Name] = true
			}
		})
	}
}

// A run of the whole catalogue with all engines is to end in 3 minutes: its calls
// are bounded.
func TestCalls(t *testing.T) {
	var all, scale float64
	for _, trial := range trials.All() {
		all += trial.Calls()
		if trial.Family == "scale" {
			scale += trial.Calls()
		}
	}
	if all > 13e6 || scale > 4.1e6 {
		t.Errorf("%.2f million calls, %.2f of them for scale: want 13 and 4.1 at most", all/1e6, scale/1e6)
	}
	half := trials.Trial{Scenario: sim.Scenario{
		Duration: 10 * time.Second, Traffic: sim.Traffic{Rate: 100},
		Phases: []sim.Phase{{Rate: 1}, {At: 4 * time.Second, Rate: .5}},
	}}
	if got := half.Calls(); got != 700 {
		t.Errorf("%v calls, want 4 × 100 + 6 × 50", got)
	}
}

func TestTarget(t *testing.T) {
	nan := math.NaN()
	least, most := trials.Target{.9, nan}, trials.Target{nan, 5}
	for _, c := range []struct {
		target   trials.Target
		value    float64
		set, met bool
	}{
		{least, .9, true, true}, {least, .899, true, false}, {least, 2, true, true},
		{most, 5, true, true}, {most, 5.01, true, false}, {most, -1, true, true}, {most, math.Inf(1), true, false},
		{trials.NoTarget, 7, false, true}, {trials.NoTarget, nan, false, true},
	} {
		if c.target.Set() != c.set || c.target.Met(c.value) != c.met {
			t.Errorf("%v of %v: set %v, met %v", c.value, c.target, c.target.Set(), c.target.Met(c.value))
		}
	}
}
