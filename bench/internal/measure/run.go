package measure

import (
	"context"
	"runtime"
	"time"
)

// Run measures the cases, and returns a figure of each, by name. Done hears of
// each round that is over. The error is ctx's, which is looked at between batches.
func (p Plan) Run(ctx context.Context, cases []Case, done func(round int)) (map[string]Figure, error) {
	runs := make([]*run, len(cases))
	for i := range cases {
		runs[i] = &run{made: made{Case: cases[i]}}
	}
	h := &heap{}
	for round := range p.Rounds {
		for i := range runs {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			r := runs[i]
			if round%2 == 1 { // there and back, so that no case always follows the same one
				r = runs[len(runs)-1-i]
			}
			h.settle()
			p.measure(r)
		}
		done(round + 1)
	}
	all := make(map[string]Figure, len(cases))
	for _, r := range runs {
		all[r.Name] = r.figure()
	}
	return all, nil
}

// run is a case and what was measured of it so far.
type run struct {
	made
	n              int       // calls in a batch, 0 until known
	took           []float64 // nanoseconds per call, by round
	calls, refused int
	allocated      float64
}

func (p Plan) measure(r *run) {
	before := func() {
		if r.Before != nil {
			r.Before()
		}
	}
	first := r.n == 0
	if first {
		r.Calls = r.Make()
	}
	before()
	if first {
		r.n = r.calibrate(p.Batch)
		if r.Adapts {
			r.runFor(p.Warm, r.n)
			r.n = r.calibrate(p.Batch)
		}
		if r.Goroutines <= 1 {
			before()
			r.allocated = r.allocs()
		}
		before()
	}
	r.runFor(p.Settle, max(1, r.n/8))
	took, calls, refused := r.batch(r.n)
	r.took = append(r.took, float64(took)/float64(calls))
	r.calls += calls
	r.refused += refused
}

func (r *run) figure() Figure {
	f := FigureOf(r.took...)
	f.Allocs, f.Refused = r.allocated, float64(r.refused)/float64(r.calls)
	return f
}

// heap has garbage collected between batches, where there is some: so none of them
// pays for an earlier one, and each pays for its own.
type heap struct{ live uint64 }

const tolerated = 1 << 20 // bytes of garbage

func (h *heap) settle() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if h.live != 0 && m.HeapAlloc < h.live+tolerated {
		return
	}
	runtime.GC()
	runtime.ReadMemStats(&m)
	h.live = m.HeapAlloc
}

// Quick and Full are the plans that the program has.
var (
	Full  = Plan{Rounds: 15, Batch: 20 * time.Millisecond, Settle: 10 * time.Millisecond, Warm: 700 * time.Millisecond}
	Quick = Plan{Rounds: 3, Batch: 5 * time.Millisecond, Settle: 2 * time.Millisecond, Warm: 30 * time.Millisecond}
)
