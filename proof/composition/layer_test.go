package composition_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// layer is one policy, around what it guards.
type layer struct {
	w    *world
	kind string
	name string // kind, and what else is to be known
	get  func(key string) *chain
	run  runner
	next func(context.Context) error
	// judge looks at a call that is over. It is the layer's own, after what holds for all.
	judge func(f *frame, how ending)
	fit   func(c *chain) // sets up what a new chain needs

	anonymous bool // it calls Allow
	plain     bool // a Do without options

	mu sync.Mutex // for the counts of its chains
}

type runner func(ctx context.Context, c *chain, f *frame) error

// ending is how a function ended.
type ending struct {
	err    error
	panic  any
	exited bool
}

func (e ending) returned() bool { return e.panic == nil && !e.exited }

// watch runs f, and says how it ends to see, on its way.
func watch(f func() error, see func(ending)) error {
	var e ending
	returned := false
	defer func() {
		if !returned {
			e.panic = recover()
			e.exited = e.panic == nil
		}
		see(e)
		if e.panic != nil {
			panic(e.panic)
		}
	}()
	e.err = f()
	returned = true
	return e.err
}

// frame is one call of a layer.
type frame struct {
	l   *layer
	c   *chain
	ctx context.Context

	mu      sync.Mutex
	entered int
	left    []ending        // of next
	fell    []error         // what fallbacks got
	inner   context.Context // of next

	refused atomic.Bool // an attempt was, for failsafe-go
}

// call is the layer as a function.
func (l *layer) call(ctx context.Context) error {
	f := &frame{l: l, ctx: ctx}
	f.c = l.get(ctx.Value(scriptKey{}).(*script).key)
	l.mu.Lock()
	f.c.calls++
	l.mu.Unlock()
	return watch(
		func() error { return l.run(ctx, f.c, f) },
		func(how ending) {
			f.mu.Lock()
			defer f.mu.Unlock()
			l.judge(f, how)
			if how.panic != nil {
				l.mu.Lock()
				f.c.passed++
				l.mu.Unlock()
			}
		})
}

// enter is what the layer guards.
func (f *frame) enter(ctx context.Context) error {
	l := f.l
	f.mu.Lock()
	f.entered++
	f.inner = ctx
	f.mu.Unlock()
	l.mu.Lock()
	f.c.entered++
	f.c.at++
	f.c.most = max(f.c.most, f.c.at)
	l.mu.Unlock()
	return watch(
		func() error { return l.next(ctx) },
		func(how ending) {
			f.mu.Lock()
			f.left = append(f.left, how)
			f.mu.Unlock()
			l.mu.Lock()
			if f.c.at--; how.panic != nil {
				f.c.thrown++
			}
			l.mu.Unlock()
		})
}

// fallen counts a fallback, which got err.
func (f *frame) fallen(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fell = append(f.fell, err)
}

// verdict is the outcome that a call which ended so has, if that is certain. It isn't if ctx
// came to its end just now, or is not the one of the history, of which the time is known:
// then nobody knows whether it was over when the call was judged.
func (f *frame) verdict(how ending) (o circuit.Outcome, certain bool) {
	over := f.ctx.Err() != nil
	switch err := how.err; {
	case !how.returned():
		return circuit.Failure, true
	case err == nil:
		return circuit.Success, true
	case errors.Is(err, circuit.ErrNotAllowed), errors.Is(err, circuit.ErrBadRequest):
		return circuit.Ignored, true
	case errors.Is(err, context.DeadlineExceeded):
		return circuit.Failure, true
	case over:
		s := f.ctx.Value(scriptKey{}).(*script)
		if s.ctx == f.ctx && time.Now().After(s.over) {
			return map[bool]circuit.Outcome{true: circuit.Ignored, false: circuit.Failure}[s.givenUp], true
		}
		return circuit.Ignored, false
	case errors.Is(err, context.Canceled):
		return circuit.Ignored, true
	default:
		return circuit.Failure, true
	}
}

// expect notes the outcome that the chain's spies must have seen.
func (f *frame) expect(o circuit.Outcome, certain bool) {
	f.l.mu.Lock()
	defer f.l.mu.Unlock()
	if certain {
		f.c.definite[o]++
	} else {
		f.c.unsure++
	}
}

// passes wants the layer to end as what it guards did.
func (f *frame) passes(how ending) {
	in := f.left[0]
	f.l.w.wants(how == in, "%s ends with %+v, what it guards with %+v", f.l.name, how, in)
}
