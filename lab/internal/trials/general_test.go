package trials_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/lab/internal/sim"
	"github.com/go-fusebox/fusebox/lab/internal/trials"
)

const second = time.Second

// shop could serve 100 calls a second; 50 come. It is down from 10 s to 20 s.
func shop() sim.Scenario {
	return sim.Scenario{
		Duration: 40 * second,
		Backend:  sim.Backend{Capacity: 100, Latency: 50 * time.Millisecond},
		Traffic:  sim.Traffic{Clients: 2, Rate: 50, Deadline: second},
		Phases:   []sim.Phase{{Rate: 1, Capacity: 1}, {At: 10 * second, Rate: 1, Capacity: 1, Errors: 1}, {At: 20 * second, Rate: 1, Capacity: 1}},
	}
}

// result has what each step is to show, by its number.
func result(s sim.Scenario, step func(i int) sim.Bin) *sim.Result {
	r := &sim.Result{Scenario: s, FirstTrip: -1, Clients: make([]sim.Client, s.Traffic.Clients)}
	for i := range int(s.Duration / sim.Step) {
		r.Bins = append(r.Bins, step(i))
	}
	return r
}

func names(measures []trials.Measure) (names []string) {
	for _, m := range measures {
		names = append(names, m.Name)
	}
	return names
}

func TestGeneral(t *testing.T) {
	s := shop()
	r := result(s, func(i int) sim.Bin {
		switch {
		case i < 100 || i >= 230: // well
			return sim.Bin{Offered: 5, Kept: 5, Reached: 5, Served: 5}
		case i < 110: // not noticed
			return sim.Bin{Offered: 5, Reached: 5, Wasted: 5}
		default: // until 3 s after the end
			return sim.Bin{Offered: 5, Refused: 5}
		}
	})
	r.FirstTrip = 11 * second
	r.Clients = []sim.Client{{Served: 900, Gap: 13 * second}, {Served: 450, Gap: 20 * second}}
	want := map[string]float64{
		"served":           100 * 1350. / 2000,
		"goodput":          100 * 1350. / 1500, // nothing was possible for 10 s
		"wasted":           100 * 50. / 1400,
		"refused":          100 * 600. / 2000,
		"lost when well":   100 * 150. / 1445, // the last 1.1 s may have no answer yet
		"passed when down": 100 * 50. / 500,
		"detect":           1,
		"recover":          2.8, // when calls of 18 of the next 20 steps are served
		"fairness":         1350. * 1350 / (2 * (900*900 + 450*450)),
		"longest gap":      20,
	}
	for _, m := range trials.General(s) {
		if got := m.Of(r); math.Abs(got-want[m.Name]) > 1e-9 {
			t.Errorf("%s is %v, want %v", m.Name, got, want[m.Name])
		}
		delete(want, m.Name)
	}
	if len(want) > 0 {
		t.Errorf("not measured: %v", want)
	}
}

// Only what makes sense in a scenario is measured.
func TestGeneralChoice(t *testing.T) {
	always := []string{"goodput", "wasted", "served", "refused"}
	for _, c := range []struct {
		name   string
		change func(*sim.Scenario)
		more   []string
	}{
		{"nothing happens", func(s *sim.Scenario) { s.Phases = s.Phases[:1] }, []string{"fairness", "longest gap"}},
		{"one client", func(s *sim.Scenario) { s.Phases, s.Traffic.Clients = s.Phases[:1], 1 }, []string{"longest gap"}},
		{"it doesn't end", func(s *sim.Scenario) { s.Phases = s.Phases[:2] }, []string{"lost when well", "passed when down", "detect", "fairness", "longest gap"}},
		{"some errors", func(s *sim.Scenario) { s.Phases[1].Errors = .3 }, []string{"lost when well", "recover", "fairness", "longest gap"}},
		{"it hangs", func(s *sim.Scenario) { s.Phases[1].Errors, s.Phases[1].Hang = 0, true }, []string{"lost when well", "passed when down", "detect", "recover", "fairness", "longest gap"}},
		{"too slow", func(s *sim.Scenario) { s.Phases[1].Errors, s.Phases[1].Latency = 0, second }, []string{"lost when well", "passed when down", "detect", "recover", "fairness", "longest gap"}},
		{"slow", func(s *sim.Scenario) { s.Phases[1].Errors, s.Phases[1].Latency = 0, second/2 }, []string{"fairness", "longest gap"}},
		{"twice the load", func(s *sim.Scenario) { s.Phases[1].Errors, s.Phases[1].Rate = 0, 4 }, []string{"lost when well", "recover", "fairness", "longest gap"}},
		{"three times the load", func(s *sim.Scenario) { s.Phases[1].Errors, s.Phases[1].Rate = 0, 6 }, []string{"lost when well", "detect", "recover", "fairness", "longest gap"}},
		{"a third of the capacity", func(s *sim.Scenario) { s.Phases[1].Errors, s.Phases[1].Capacity = 0, .2 }, []string{"lost when well", "detect", "recover", "fairness", "longest gap"}},
		{"always too much", func(s *sim.Scenario) { s.Phases, s.Traffic.Rate = s.Phases[:1], 300 }, []string{"detect", "fairness", "longest gap"}},
		{"retries", func(s *sim.Scenario) { s.Phases, s.Traffic.Retries.Max = s.Phases[:1], 2 }, []string{"attempts per call", "fairness", "longest gap"}},
	} {
		s := shop()
		c.change(&s)
		if got, want := names(trials.General(s)), append(slices.Clone(always), c.more...); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", c.name, got, want)
		}
	}
}

// The goodput of a run that serves all that is possible is 100 %.
func TestGoodput(t *testing.T) {
	for _, c := range []struct {
		name            string
		change          func(*sim.Scenario)
		offered, served int // in each step of 10 s
	}{
		{"errors", func(s *sim.Scenario) { s.Phases[0].Errors = .2 }, 5, 4},
		{"errors, retried once", func(s *sim.Scenario) { s.Phases[0].Errors, s.Traffic.Retries.Max = .5, 1 }, 4, 3},
		{"overload", func(s *sim.Scenario) { s.Traffic.Rate = 1000 }, 100, 10},
		{"overload with errors", func(s *sim.Scenario) { s.Traffic.Rate, s.Phases[0].Errors = 1000, .5 }, 100, 5},
		{"half the capacity", func(s *sim.Scenario) { s.Traffic.Rate, s.Phases[0].Capacity = 1000, .5 }, 100, 5},
		{"no limit", func(s *sim.Scenario) { s.Backend.Capacity = 0 }, 100, 100},
	} {
		s := shop()
		s.Duration, s.Phases = 10*second, s.Phases[:1]
		c.change(&s)
		r := result(s, func(int) sim.Bin { return sim.Bin{Offered: c.offered, Served: c.served} })
		if got := trials.General(s)[0].Of(r); math.Abs(got-100) > 1e-9 {
			t.Errorf("%s: %v %%, want 100", c.name, got)
		}
	}
}

func TestDetect(t *testing.T) {
	detect := func(first time.Duration, refusedAt int) float64 {
		s := shop()
		r := result(s, func(i int) sim.Bin {
			if i == refusedAt {
				return sim.Bin{Refused: 1}
			}
			return sim.Bin{}
		})
		r.FirstTrip = first
		i := slices.Index(names(trials.General(s)), "detect")
		return trials.General(s)[i].Of(r)
	}
	for _, c := range []struct {
		name  string
		first time.Duration
		step  int
		want  float64
	}{
		{"to the nanosecond", 10*second + 1, 100, 1e-9},
		{"a false alarm before", 3 * second, 123, 2.3},
		{"never", -1, -1, math.Inf(1)},
		{"a false alarm alone", 3 * second, 30, math.Inf(1)},
	} {
		if got := detect(c.first, c.step); math.Abs(got-c.want) > 1e-12 && got != c.want {
			t.Errorf("%s: %v s, want %v", c.name, got, c.want)
		}
	}
}

// Recovery is judged over as long as it takes to see a hundred calls, and is for
// good. Calls that could be waiting still don't count.
func TestRecover(t *testing.T) {
	for _, c := range []struct {
		name  string
		rate  float64
		back  int // the step from which calls are served
		again int // a step in which they are not
		want  float64
	}{
		{"at once", 1000, 200, 0, 0},
		{"a second later", 1000, 211, 0, 1},
		{"seldom called", 50, 250, 0, 4.8},
		{"too seldom to tell", 1, 250, 0, math.Inf(1)},
		{"never", 1000, 10_000, 0, math.Inf(1)},
		{"too late to tell", 1000, 389, 0, math.Inf(1)},
		{"just in time", 1000, 380, 0, 17.9},
		{"for a while", 1000, 201, 300, 0},
		{"for a while only", 1000, 201, 301, 10.1},
		{"a last call that waits", 1000, 201, 395, 0},
	} {
		s := shop()
		s.Backend.Capacity, s.Traffic.Rate = 0, c.rate
		r := result(s, func(i int) sim.Bin {
			b := sim.Bin{Offered: int(c.rate / 10)}
			if (i < 100 || i >= c.back) && i != c.again {
				b.Kept = b.Offered
			}
			return b
		})
		if c.name == "for a while only" {
			r.Bins[c.again-1].Kept = 0
		}
		all := trials.General(s)
		if got := all[slices.Index(names(all), "recover")].Of(r); got != c.want {
			t.Errorf("%s: %v s, want %v", c.name, got, c.want)
		}
	}
}
