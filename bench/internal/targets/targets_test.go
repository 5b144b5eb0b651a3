package targets_test

import (
	"testing"

	"github.com/go-fusebox/fusebox/bench/internal/measure"
	"github.com/go-fusebox/fusebox/bench/internal/targets"
)

// Each row of the table of targets is judged, with its bounds.
func TestAllRows(t *testing.T) {
	want := map[string][]float64{
		targets.HealthySerial:   {30, 30, 5, 2.5},
		targets.HealthyParallel: {60, 60, 15, 1.1},
		targets.Observed:        {30, 30, 0},
		targets.Mixed:           {8, 8, 8, 8},
		targets.Refused:         {1, 1, 0, 6, 6, 20, 20},
		targets.Lookup:          {2, 2, 8, 8, 8, 8, 0},
		targets.InPlace:         {30, 15, 0, 30, 25, 0},
		targets.Memory:          {1024, 1.05, 1},
		targets.Scale:           {1.25},
	}
	for _, target := range targets.All(2) {
		bounds := want[target.Row]
		if len(bounds) == 0 || bounds[0] != target.Bound || len(target.Ratios) == 0 {
			t.Errorf("%s: %v %s, of %d ratios, where %v are left", target.Row, target.Bound, target.Than, len(target.Ratios), bounds)
			continue
		}
		want[target.Row] = bounds[1:]
	}
	for row, bounds := range want {
		if len(bounds) > 0 {
			t.Errorf("%s: nothing is asked for %v", row, bounds)
		}
	}
}

func TestJudge(t *testing.T) {
	figures := map[string]measure.Figure{
		"slow": {Median: 60, Allocs: 2}, "slower": {Median: 90}, "fast": {Median: 2}, "free": {Median: 1, Allocs: 0},
	}
	term := func(names ...string) targets.Term { return targets.Term{Names: names} }
	for _, c := range []struct {
		name     string
		least    bool
		bound    float64
		ratio    targets.Ratio
		want     float64
		met      bool
		measured bool
	}{
		{"at the bound", true, 30, targets.Ratio{Over: term("slow"), Under: term("fast")}, 30, true, true},
		{"below it", true, 30.1, targets.Ratio{Over: term("slow"), Under: term("fast")}, 30, false, true},
		{"at most", false, 30, targets.Ratio{Over: term("slow"), Under: term("fast")}, 30, true, true},
		{"above", false, 29, targets.Ratio{Over: term("slow"), Under: term("fast")}, 30, false, true},
		{"the fastest of several", true, 30, targets.Ratio{Over: term("slower", "slow"), Under: term("fast")}, 30, true, true},
		{"less the floor", false, 59, targets.Ratio{Over: targets.Term{Names: []string{"slow"}, Minus: "free"}}, 59, true, true},
		{"by a factor", false, 4, targets.Ratio{Over: targets.Term{Names: []string{"fast"}, Times: 2}}, 4, true, true},
		{"allocations", false, 0, targets.Ratio{Over: targets.Term{Names: []string{"slow"}, Allocs: true}}, 2, false, true},
		{"unknown", true, 1, targets.Ratio{Over: term("slow", "unknown"), Under: term("fast")}, 0, false, false},
		{"no floor", true, 1, targets.Ratio{Over: targets.Term{Names: []string{"slow"}, Minus: "unknown"}}, 0, false, false},
	} {
		v := targets.Target{Least: c.least, Bound: c.bound, Ratios: []targets.Ratio{c.ratio}}.Judge(figures)
		if v.Measured != c.measured || v.Met != c.met || c.measured && v.Values[0].Ratio != c.want {
			t.Errorf("%s: %+v, want %v, met %v, measured %v", c.name, v, c.want, c.met, c.measured)
		}
	}
	both := targets.Target{Least: true, Bound: 40, Ratios: []targets.Ratio{
		{Of: "a", Over: term("slower"), Under: term("fast")}, {Of: "b", Over: term("slow"), Under: term("fast")},
	}}.Judge(figures)
	if both.Met || !both.Values[0].Met || both.Values[1].Met {
		t.Errorf("%+v, want one that isn't met to be enough", both)
	}
}
