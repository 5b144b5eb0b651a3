package report_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/lab/internal/engines"
	"github.com/go-fusebox/fusebox/lab/internal/report"
	"github.com/go-fusebox/fusebox/lab/internal/runner"
	"github.com/go-fusebox/fusebox/lab/internal/sim"
	"github.com/go-fusebox/fusebox/lab/internal/trials"
)

// Trials of one family stand measure by measure, others one by one.
func TestNew(t *testing.T) {
	plan := runner.Plan{Seeds: []uint64{1, 2, 3}, Parallel: 1}
	for i, trial := range []struct{ family, measures string }{
		{"", "ab"}, {"", "ab"}, {"f", "a"}, {"f", "abc"}, {"f", "abc"}, {"g", "ab"}, {"", "a"},
	} {
		made := trials.Trial{
			Scenario: sim.Scenario{Name: fmt.Sprint(i), Duration: time.Second, Traffic: sim.Traffic{Clients: 1}},
			Family:   trial.family,
		}
		for _, m := range trial.measures {
			runs := 0
			made.Measures = append(made.Measures, trials.Measure{Name: string(m), Of: func(*sim.Result) float64 {
				runs++
				return float64([]int{9, 1, 5}[(runs-1)/2]) // the two engines take turns
			}})
		}
		plan.Trials = append(plan.Trials, made)
	}
	fresh := func() circuit.Breaker { return circuit.Disabled{} }
	plan.Engines = []engines.Engine{{Name: "ours", Ours: true, New: fresh}, {Name: "theirs", Told: true, New: fresh}}
	figures, err := runner.Run(t.Context(), t, plan)
	if err != nil {
		t.Fatal(err)
	}
	table := report.New(&plan, figures)
	var got []string
	for _, r := range table.Rows {
		got = append(got, r.Trial+r.Name)
		if !slices.Equal(r.Values, []float64{5, 5}) {
			t.Errorf("%s of %s is %v, want the medians, which are 5", r.Name, r.Trial, r.Values)
		}
	}
	want := []string{"0a", "0b", "1a", "1b", "2a", "3a", "4a", "3b", "4b", "3c", "4c", "5a", "5b", "6a"}
	if !slices.Equal(got, want) {
		t.Errorf("rows are %v, want %v", got, want)
	}
	if engines := []report.Engine{{Name: "ours", Ours: true}, {Name: "theirs"}}; !slices.Equal(table.Engines, engines) {
		t.Errorf("engines are %v, want %v", table.Engines, engines)
	}
}
