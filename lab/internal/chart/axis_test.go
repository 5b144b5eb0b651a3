package chart_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/lab/internal/chart"
	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

// Ten times what can be served would make what was served a thin line.
func TestRateAxis(t *testing.T) {
	flat := func(capacity, rate float64) sim.Scenario {
		s := overload()
		s.Backend.Capacity, s.Traffic.Rate = capacity, rate
		return s
	}
	for _, c := range []struct {
		name                    string
		s                       sim.Scenario
		served, wasted, refused int // in each step of 100 ms
		ticks                   []string
		says                    string
	}{
		{"twice the capacity fits", flat(1000, 2000), 90, 10, 100, []string{"0", "1,000", "2,000"}, ""},
		{"ten times the capacity is clipped", flat(1000, 10000), 90, 10, 900, []string{"0", "1,000", "2,000"}, "↑ offered 10,000/s"},
		{"so are retries", flat(1000, 2000), 90, 110, 300, []string{"0", "1,000", "2,000"}, "↑ up to 5,000 attempts/s"},
		{"capacity just above the calls fits", flat(140, 100), 10, 0, 0, []string{"0", "50", "100"}, ""},
		{"capacity far above the calls is left out", flat(1000, 100), 10, 0, 0, []string{"0", "50", "100"}, "backend capacity, up to 1,000/s"},
		{"nothing served clips nothing", flat(0, 400), 0, 40, 0, []string{"0", "200", "400"}, ""},
		{"nothing at all", flat(0, 0), 0, 0, 0, []string{"0", "1"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := said(svg(t, c.s, steady(c.s, "one", c.served, c.wasted, c.refused)))
			// The labels of the rates come before those of the times, which begin at 0 again.
			from := slices.Index(got, "0")
			to := slices.Index(got, "calls per second")
			if ticks := got[from:to]; !slices.Equal(ticks, c.ticks) {
				t.Errorf("rates are labelled %q, want %q", ticks, c.ticks)
			}
			for _, v := range got {
				if (strings.HasPrefix(v, "↑") || strings.Contains(v, "up to")) && v != c.says {
					t.Errorf("says %q, want %q", v, c.says)
				}
			}
			if c.says != "" && count(got, c.says) != 1 {
				t.Errorf("does not say %q", c.says)
			}
		})
	}
}

func TestTimeAxisIsInSeconds(t *testing.T) {
	for _, c := range []struct {
		duration time.Duration
		want     []string
	}{
		{time.Second, []string{"0", "0.2", "0.4", "0.6", "0.8", "1 s"}},
		{70 * time.Second, []string{"0", "20", "40", "60 s"}},
		{20 * time.Minute, []string{"0", "250", "500", "750", "1,000 s"}},
	} {
		s := overload()
		s.Duration = c.duration
		p := steady(s, "one", 10, 10, 10)
		got := said(svg(t, s, p, p, p, p))
		if last := got[len(got)-len(c.want):]; !slices.Equal(last, c.want) {
			t.Errorf("%v is labelled %q, want %q", c.duration, last, c.want)
		}
	}
}

// Rates are labelled once for a row, times once for a column.
func TestAxesAreShared(t *testing.T) {
	for panels, want := range map[int]struct{ rows, columns int }{
		1: {1, 1}, 2: {1, 2}, 3: {1, 3}, 4: {1, 4}, 5: {1, 5}, 6: {2, 3}, 7: {2, 4}, 8: {2, 4}, 9: {2, 5}, 10: {2, 5},
	} {
		got := said(svg(t, overload(), tenPanels()[:panels]...))
		if n := count(got, "calls per second"); n != want.rows {
			t.Errorf("%d panels: %d rows, want %d", panels, n, want.rows)
		}
		if n := count(got, "60 s"); n != want.columns {
			t.Errorf("%d panels: %d columns, want %d", panels, n, want.columns)
		}
	}
}

// steady is a run that is the same in each step of 100 ms.
func steady(s sim.Scenario, title string, served, wasted, refused int) chart.Panel {
	bin := sim.Bin{Offered: served + wasted + refused, Served: served, Wasted: wasted, Reached: served + wasted, Refused: refused}
	return chart.Panel{Title: title, Result: &sim.Result{Scenario: s, Bins: slices.Repeat([]sim.Bin{bin}, int(s.Duration/sim.Step))}}
}

func tenPanels() []chart.Panel {
	var all []chart.Panel
	for _, name := range strings.Fields("one two three four five six seven eight nine ten") {
		all = append(all, steady(overload(), name, 50, 50, 100))
	}
	return all
}
