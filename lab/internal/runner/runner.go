// Package runner plays trials with engines, on as many cores as there are, and
// reduces each run to its figures at once.
//
// A run is one trial with one engine and one seed, in a bubble of its own. It is
// the same whatever runs beside it, so the [Figures] of a [Plan] are, too.
package runner

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/go-fusebox/fusebox/lab/internal/engines"
	"github.com/go-fusebox/fusebox/lab/internal/sim"
	"github.com/go-fusebox/fusebox/lab/internal/trials"
)

// Plan is what to run: each trial with each engine and each seed.
type Plan struct {
	Trials  []trials.Trial
	Engines []engines.Engine
	Seeds   []uint64
	// Parallel is the number of runs at a time; 0 is four for each core. A bubble's
	// goroutines hand over to each other at each step of time, and a core that has
	// others to go on with need not look for work elsewhere.
	Parallel int
	// Keep also keeps the whole results of the first seed, for charts.
	Keep bool
	// Progress hears how much of the work has been done, from 0 to 1, after each
	// run, by one goroutine at a time. It may be nil.
	Progress func(done float64)
}

// Runs is their number.
func (p *Plan) Runs() int { return len(p.Trials) * len(p.Engines) * len(p.Seeds) }

// Figures is what a plan has shown.
type Figures struct {
	values  [][][][]float64 // by trial, measure, engine and seed
	results [][]*sim.Result // by trial and engine
}

// Median is that over all seeds; of an even number, the mean of the middle two.
func (f *Figures) Median(trial, measure, engine int) float64 {
	v := slices.Sorted(slices.Values(f.values[trial][measure][engine])) // NaN first
	n := len(v)
	if n%2 == 1 {
		return v[n/2]
	}
	if v[n/2-1] == v[n/2] { // infinite ones, too
		return v[n/2]
	}
	return (v[n/2-1] + v[n/2]) / 2
}

// Values are the figures of the seeds, in the order of the plan's.
func (f *Figures) Values(trial, measure, engine int) []float64 {
	return f.values[trial][measure][engine]
}

// Result is the run of the first seed; nil unless the plan was to keep it.
func (f *Figures) Result(trial, engine int) *sim.Result { return f.results[trial][engine] }

// job is one run.
type job struct{ trial, engine, seed int }

// Run plays the plan. It is called outside of any bubble, and returns soon after
// ctx has ended.
func Run(ctx context.Context, t *testing.T, p Plan) (*Figures, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	f := newFigures(&p)
	jobs, all := p.jobs()
	var (
		workers sync.WaitGroup
		mu      sync.Mutex
		next    int
		done    float64
	)
	take := func() (j job, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		if next == len(jobs) || ctx.Err() != nil {
			return j, false
		}
		next++
		return jobs[next-1], true
	}
	for range cmp.Or(p.Parallel, 4*runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for j, ok := take(); ok; j, ok = take() {
				if err := f.run(ctx, t, &p, j); err != nil {
					cancel(err)
					return
				}
				mu.Lock()
				done += p.Trials[j.trial].Calls()
				if p.Progress != nil {
					p.Progress(done / all)
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return f, nil
}

// jobs are in an order that keeps all cores busy until the end: the longest first.
func (p *Plan) jobs() (jobs []job, calls float64) {
	for trial := range p.Trials {
		for seed := range p.Seeds {
			for engine := range p.Engines {
				jobs = append(jobs, job{trial, engine, seed})
				calls += p.Trials[trial].Calls()
			}
		}
	}
	slices.SortStableFunc(jobs, func(a, b job) int {
		return cmp.Compare(p.Trials[b.trial].Calls(), p.Trials[a.trial].Calls())
	})
	return jobs, calls
}

func newFigures(p *Plan) *Figures {
	f := &Figures{}
	for _, t := range p.Trials {
		values := make([][][]float64, len(t.Measures))
		for m := range values {
			values[m] = make([][]float64, len(p.Engines))
			for e := range values[m] {
				values[m][e] = make([]float64, len(p.Seeds))
			}
		}
		f.values = append(f.values, values)
		f.results = append(f.results, make([]*sim.Result, len(p.Engines)))
	}
	return f
}

// run has its own places in f, so it needs no lock.
func (f *Figures) run(ctx context.Context, t *testing.T, p *Plan, j job) (err error) {
	trial, engine := p.Trials[j.trial], p.Engines[j.engine]
	synctest.Test(t, func(*testing.T) {
		var r *sim.Result
		r, err = engine.Run(ctx, trial.Scenario, p.Seeds[j.seed])
		if err != nil {
			err = fmt.Errorf("%s with %s: %w", trial.Name, engine.Name, err)
			return
		}
		for m, measure := range trial.Measures {
			f.values[j.trial][m][j.engine][j.seed] = measure.Of(r)
		}
		if p.Keep && j.seed == 0 {
			r.Refusals = nil // which charts don't show, and may be many
			f.results[j.trial][j.engine] = r
		}
	})
	return err
}
