package composition_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// fault is what is wrong in a world, on purpose.
type fault struct {
	wraps  []wrap              // around each breaker
	layer  func(*layer)        // each layer is put through it
	engine func(engine) engine // and each engine
	retry  func() retrypolicy.Builder[any]
}

// wrong is a wrapper with one fault. What it doesn't do otherwise is right.
type wrong struct {
	circuit.Breaker
	permits atomic.Pointer[[]circuit.Permit] // by token
	refuse  func(err error) (circuit.Permit, error)
	end     func(p circuit.Permit, nth uint64, r circuit.Result)
}

func (f *wrong) Acquire() (circuit.Permit, error) {
	p, err := circuit.Acquire(f.Breaker)
	switch {
	case err != nil && f.refuse != nil:
		return f.refuse(err)
	case err != nil || f.end == nil:
		return p, err
	}
	for {
		old := f.permits.Load()
		var all []circuit.Permit
		if old != nil {
			all = (*old)[:len(*old):len(*old)]
		}
		token := uint64(len(all))
		if all = append(all, p); f.permits.CompareAndSwap(old, &all) {
			return circuit.NewPermit(f, token), nil
		}
	}
}

func (f *wrong) Settle(token uint64, o circuit.Outcome) {
	f.SettleResult(token, circuit.Result{Outcome: o})
}

func (f *wrong) SettleResult(token uint64, r circuit.Result) {
	f.end((*f.permits.Load())[token], token, r)
}

func (f *wrong) Unwrap() circuit.Breaker { return f.Breaker }

func wrapped(put func(f *wrong)) fault {
	return fault{wraps: []wrap{{name: "wrong", put: func(_ *chain, b circuit.Breaker) circuit.Breaker {
		f := &wrong{Breaker: b}
		put(f)
		return f
	}}}}
}

func ends(end func(p circuit.Permit, nth uint64, r circuit.Result)) fault {
	return wrapped(func(f *wrong) { f.end = end })
}

// limited has a bulkhead around each breaker whose limit is wrong.
func limited(wrong func(bulkhead.Limit) bulkhead.Limit) fault {
	config := bulkhead.Config{Max: 2, Lifetime: time.Hour}
	return fault{wraps: []wrap{{name: "wrong bulkhead", most: config.Max, lifetime: config.Lifetime, put: func(c *chain, b circuit.Breaker) circuit.Breaker {
		c.limit = must(bulkhead.New(config))
		return bulkhead.Guard(b, wrong(c.limit))
	}}}}
}

// leaky forgets one place in five.
type leaky struct {
	bulkhead.Limit
	n atomic.Int64
}

func (l *leaky) Acquire() (circuit.Permit, error) {
	p, err := l.Limit.Acquire()
	if l.n.Add(1)%5 == 0 {
		return circuit.Permit{}, err
	}
	return p, err
}

// generous has a place more for one call in two that finds none.
type generous struct {
	bulkhead.Limit
	n atomic.Int64
}

func (g *generous) Acquire() (circuit.Permit, error) {
	p, err := g.Limit.Acquire()
	if err != nil && g.n.Add(1)%2 == 0 {
		return circuit.Permit{}, nil
	}
	return p, err
}

// prober admits another probe for each that it refuses.
type prober struct{ engine }

func (p *prober) Acquire() (circuit.Permit, error) {
	permit, err := p.engine.Acquire()
	if err != nil && p.Snapshot().State == circuit.HalfOpen {
		return circuit.Permit{}, nil
	}
	return permit, err
}

// keeper doesn't tell an engine of calls that are Ignored.
type keeper struct{ engine }

func (k *keeper) Acquire() (circuit.Permit, error) {
	permit, err := k.engine.Acquire()
	if err != nil {
		return permit, err
	}
	return circuit.NewPermit(&kept{permit}, 0), nil
}

type kept struct{ circuit.Permit }

func (k *kept) Settle(_ uint64, o circuit.Outcome) { k.SettleResult(0, circuit.Result{Outcome: o}) }

func (k *kept) SettleResult(_ uint64, r circuit.Result) {
	if r.Outcome != circuit.Ignored {
		k.End(r)
	}
}

// running changes how each layer runs.
func running(change func(run runner) runner) fault {
	return fault{layer: func(l *layer) { l.run = change(l.run) }}
}

// byHand puts a do of somebody's own in the place of a plain circuit.Do.
func byHand(do func(ctx context.Context, b circuit.Breaker, fn func(context.Context) error) error) fault {
	return fault{layer: func(l *layer) {
		if l.plain {
			l.run = func(ctx context.Context, c *chain, f *frame) error { return do(ctx, c.top, f.enter) }
		}
	}}
}

// The wrapper is not what is found.
func TestRightPartsAreNotFound(t *testing.T) {
	right := ends(func(p circuit.Permit, _ uint64, r circuit.Result) { p.End(r) })
	for seed := range uint64(most) {
		if broken := run(t, randomTape(seed), right, tally{}); len(broken) > 0 {
			t.Fatalf("tape %d: %s", seed, broken[0])
		}
	}
}

const most = 200 // tapes that a fault may take to be found

// A proof that finds nothing wrong anywhere shows nothing: these it must find, and soon.
func TestWrongPartsAreFound(t *testing.T) {
	for _, wrong := range faults {
		t.Run(wrong.name, func(t *testing.T) {
			for seed := range uint64(most) {
				for _, what := range run(t, randomTape(seed), wrong.fault, tally{}) {
					if strings.Contains(what, wrong.tells) {
						t.Logf("found by tape %d: %s", seed, what)
						return
					}
				}
			}
			t.Errorf("none of %d tapes finds it", most)
		})
	}
}
