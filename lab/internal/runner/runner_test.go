package runner_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/lab/internal/engines"
	"github.com/go-fusebox/fusebox/lab/internal/runner"
	"github.com/go-fusebox/fusebox/lab/internal/sim"
	"github.com/go-fusebox/fusebox/lab/internal/trials"
)

// outage fails for 10 of 30 s.
func outage(name string, clients int) trials.Trial {
	return trials.Trial{
		Scenario: sim.Scenario{
			Name: name, Duration: 30 * time.Second,
			Backend: sim.Backend{Latency: 10 * time.Millisecond},
			Traffic: sim.Traffic{Clients: clients, Rate: 100},
			Phases: []sim.Phase{
				{Rate: 1, Capacity: 1},
				{At: 10 * time.Second, Rate: 1, Capacity: 1, Errors: 1},
				{At: 20 * time.Second, Rate: 1, Capacity: 1},
			},
		},
		Measures: []trials.Measure{
			{Name: "served", Target: trials.NoTarget, Of: func(r *sim.Result) float64 { return float64(r.Sum(0, time.Hour).Served) }},
			{Name: "wasted", Target: trials.NoTarget, Of: func(r *sim.Result) float64 { return float64(r.Sum(0, time.Hour).Wasted) }},
		},
	}
}

func engine(t *testing.T, name string) engines.Engine {
	t.Helper()
	e, err := engines.New(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// The figures are the same however many runs there are at a time.
func TestParallel(t *testing.T) {
	plan := runner.Plan{
		Trials: []trials.Trial{outage("one", 1), outage("three", 3)},
		Engines: []engines.Engine{
			engine(t, "credit"), engine(t, "credit-bare"), engine(t, "sre"), engine(t, "hystrix"),
			engine(t, "aegis"), engine(t, "go-zero"), engine(t, "gobreaker"), engine(t, "failsafe-throttler"), engine(t, "hystrix-go"),
		},
		Seeds: []uint64{1, 2},
		Keep:  true,
	}
	var all []*runner.Figures
	for _, plan.Parallel = range []int{1, 2, 7} {
		f, err := runner.Run(t.Context(), t, plan)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	for i, f := range all[1:] {
		if !reflect.DeepEqual(f, all[0]) {
			t.Errorf("plan %d differs from the first", i+2)
		}
	}
	f := all[0]
	differ := 0
	for trial := range plan.Trials {
		for e := range plan.Engines {
			served := f.Values(trial, 0, e)
			if len(served) != 2 || served[0] < 900 || served[0] > 3200 {
				t.Errorf("trial %d, engine %d: %v served, want two figures from 900 to 3200", trial, e, served)
			} else if served[0] != served[1] {
				differ++
			}
			kept := f.Result(trial, e)
			if kept == nil || float64(kept.Sum(0, time.Hour).Served) != served[0] {
				t.Errorf("trial %d, engine %d: the result that is kept isn't that of the first seed", trial, e)
			}
		}
	}
	if differ < 14 {
		t.Errorf("of 18 pairs of seeds, only %d show different figures", differ)
	}
}

// Each run has the place of its trial, engine, seed and measure.
func TestPlaces(t *testing.T) {
	plan := runner.Plan{Seeds: []uint64{5, 6}}
	for i, clients := range []int{1, 2, 4} { // the longest run isn't the first
		trial := outage(fmt.Sprint(i), clients)
		trial.Duration = time.Duration(clients) * 10 * time.Second
		trial.Phases = trial.Phases[:1]
		trial.Measures = []trials.Measure{
			{Of: func(r *sim.Result) float64 { return float64(len(r.Clients)) }},
			{Of: func(r *sim.Result) float64 { return float64(r.Sum(0, time.Hour).Refused) }},
			{Of: func(r *sim.Result) float64 { return float64(r.Sum(0, time.Hour).Offered) }},
		}
		plan.Trials = append(plan.Trials, trial)
	}
	plan.Engines = []engines.Engine{
		{Name: "none", New: func() circuit.Breaker { return refuse(false) }},
		{Name: "all", New: func() circuit.Breaker { return refuse(true) }},
	}
	f, err := runner.Run(t.Context(), t, plan)
	if err != nil {
		t.Fatal(err)
	}
	for trial, clients := range []float64{1, 2, 4} {
		offered := f.Values(trial, 2, 0)
		for e, refused := range []float64{0, 1} {
			want := [][]float64{{clients, clients}, {offered[0] * refused, offered[1] * refused}, offered}
			for m := range want {
				if got := f.Values(trial, m, e); !slices.Equal(got, want[m]) {
					t.Errorf("trial %d, measure %d, engine %d: %v, want %v", trial, m, e, got, want[m])
				}
			}
			if f.Result(trial, e) != nil {
				t.Error("a result was kept, though the plan doesn't say so")
			}
		}
		if mean := clients * 10 * 100; offered[0] == offered[1] || math.Abs(offered[0]-mean) > .1*mean {
			t.Errorf("trial %d: offered %v, want about %v, by the seed", trial, offered, mean)
		}
	}
}

// refuse is a breaker that refuses all calls, or none.
type refuse bool

func (r refuse) Allow() error {
	if r {
		return circuit.ErrNotAllowed
	}
	return nil
}
func (refuse) MarkSuccess() {}
func (refuse) MarkFailed()  {}

func TestMedian(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{3}, 3},
		{[]float64{9, 1, 4}, 4},
		{[]float64{9, 1, 4, 5}, 4.5},
		{[]float64{inf, 1, inf}, inf},
		{[]float64{inf, 1, 2}, 2},
		{[]float64{inf, inf}, inf},
		{[]float64{1, inf}, inf},
	} {
		trial := outage("x", 1)
		trial.Duration = sim.Step
		plan := runner.Plan{Engines: []engines.Engine{engine(t, "gobreaker")}, Parallel: 1}
		next := 0
		trial.Measures = []trials.Measure{{Of: func(*sim.Result) float64 {
			next++
			return c.values[next-1]
		}}}
		plan.Trials = []trials.Trial{trial}
		for i := range c.values {
			plan.Seeds = append(plan.Seeds, uint64(i))
		}
		f, err := runner.Run(t.Context(), t, plan)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Median(0, 0, 0); got != c.want {
			t.Errorf("median of %v is %v, want %v", c.values, got, c.want)
		}
	}
}

func TestProgress(t *testing.T) {
	long, short := outage("long", 1), outage("short", 1)
	short.Phases, short.Duration = short.Phases[:1], 10*time.Second // a third of the calls
	var heard []float64
	_, err := runner.Run(t.Context(), t, runner.Plan{
		Trials:   []trials.Trial{short, long},
		Engines:  []engines.Engine{engine(t, "gobreaker")},
		Seeds:    []uint64{1},
		Progress: func(done float64) { heard = append(heard, done) },
		Parallel: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []float64{.75, 1}; !slices.Equal(heard, want) {
		t.Errorf("heard of %v, want %v: the long one comes first", heard, want)
	}
}

// Cancelled in the middle of a run, it returns without the rest.
func TestCancel(t *testing.T) {
	trial := outage("endless", 1)
	trial.Duration, trial.Phases = 10*time.Hour, trial.Phases[:1]
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	slow := engines.Engine{Name: "slow", New: func() circuit.Breaker { return canceller{&calls, cancel} }}
	began := time.Now()
	f, err := runner.Run(ctx, t, runner.Plan{
		Trials: []trials.Trial{trial}, Engines: []engines.Engine{slow}, Seeds: []uint64{1, 2, 3, 4}, Parallel: 1,
	})
	if !errors.Is(err, context.Canceled) || f != nil {
		t.Errorf("%v, %v, want no figures and %v", f, err, context.Canceled)
	}
	if calls > 6000 {
		t.Errorf("%d calls were made in %v, want an end within some thousand", calls, time.Since(began))
	}
}

// canceller cancels at the thousandth call.
type canceller struct {
	calls  *int
	cancel func()
}

func (c canceller) Allow() error {
	if *c.calls++; *c.calls == 1000 {
		c.cancel()
	}
	return nil
}
func (canceller) MarkSuccess() {}
func (canceller) MarkFailed()  {}
