package composition_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// faults are what people get wrong when they build such parts.
var faults = []struct {
	name  string
	tells string // is in what is found
	fault
}{
	{"ends permits twice", "a permit ends 2 times", ends(func(p circuit.Permit, _ uint64, r circuit.Result) { p.End(r); p.End(r) })},
	{"forgets one permit in seven", "permits are not ended", ends(func(p circuit.Permit, n uint64, r circuit.Result) {
		if n%7 != 3 {
			p.End(r)
		}
	})},
	{"forgets the permits of interrupted calls", "permits are not ended", ends(func(p circuit.Permit, _ uint64, r circuit.Result) {
		if r.Kind != circuit.KindInterrupt {
			p.End(r)
		}
	})},
	{"counts what is ignored as failures", "wrong: outside are", ends(func(p circuit.Permit, _ uint64, r circuit.Result) {
		if r.Outcome == circuit.Ignored {
			r.Outcome = circuit.Failure
		}
		p.End(r)
	})},
	{"forgets why a call found no place", "wrong: outside are", ends(func(p circuit.Permit, _ uint64, r circuit.Result) { p.Done(r.Outcome) })},
	{"marks refusals as failures", "calls are marked, of", wrapped(func(f *wrong) {
		f.refuse = func(err error) (circuit.Permit, error) {
			f.MarkFailed()
			return circuit.Permit{}, err
		}
	})},
	{"admits another probe", "probes in flight, of ", fault{engine: func(e engine) engine { return &prober{engine: e} }}},
	{"keeps the probes that are ignored", "probes are in flight, of ", fault{engine: func(e engine) engine { return &keeper{engine: e} }}},
	{"lets refused calls through", "wrong: outside are", wrapped(func(f *wrong) {
		f.refuse = func(error) (circuit.Permit, error) { return circuit.Permit{}, nil }
	})},
	{"refuses with an error of its own", "wrong refuses with", wrapped(func(f *wrong) {
		f.refuse = func(err error) (circuit.Permit, error) {
			return circuit.Permit{}, errors.New("refused: " + err.Error())
		}
	})},
	{"loses places", "places are taken in the end", limited(func(l bulkhead.Limit) bulkhead.Limit { return &leaky{Limit: l} })},
	{"has more calls in flight than places", "calls in flight, of 2 at most", limited(func(l bulkhead.Limit) bulkhead.Limit { return &generous{Limit: l} })},
	{"retries refusals", "times for", running(func(run runner) runner {
		return func(ctx context.Context, c *chain, f *frame) error {
			err := run(ctx, c, f)
			if f.entered == 0 && errors.Is(err, circuit.ErrNotAllowed) {
				return run(ctx, c, f)
			}
			return err
		}
	})},
	{"retries refusals in failsafe-go", "asks again after a refusal", fault{retry: retrypolicy.NewBuilder[any]}},
	{"calls though refused", "calls were admitted, and", running(func(run runner) runner {
		return func(ctx context.Context, c *chain, f *frame) error {
			if err := run(ctx, c, f); !errors.Is(err, circuit.ErrNotAllowed) || f.entered > 0 {
				return err
			}
			return f.enter(ctx)
		}
	})},
	{"swallows panics", "came out", running(func(run runner) runner {
		return func(ctx context.Context, c *chain, f *frame) (err error) {
			defer func() {
				if r := recover(); r != nil {
					err = fmt.Errorf("panic: %v", r)
				}
			}()
			return run(ctx, c, f)
		}
	})},
	{"takes a panic for a success", "calls succeeded", fault{layer: func(l *layer) {
		run := l.run
		l.run = func(ctx context.Context, c *chain, f *frame) error {
			if c.command == nil || c.command.Config().Timeout > 0 {
				return run(ctx, c, f)
			}
			var thrown any
			defer func() {
				if thrown != nil {
					panic(thrown)
				}
			}()
			return c.command.Do(ctx, func(ctx context.Context) error {
				defer func() { thrown = recover() }()
				return f.enter(ctx)
			}, nil)
		}
	}}},
	{"panics with something else", "what it guards with", running(func(run runner) runner {
		return func(ctx context.Context, c *chain, f *frame) error {
			defer func() {
				if r := recover(); r != nil {
					panic(fmt.Sprint(r))
				}
			}()
			return run(ctx, c, f)
		}
	})},
	{"calls twice", "Do calls 2 times", byHand(func(ctx context.Context, b circuit.Breaker, fn func(context.Context) error) error {
		return circuit.Do(ctx, b, func(ctx context.Context) error {
			if err := fn(ctx); err == nil {
				return nil
			}
			return fn(ctx)
		})
	})},
	{"leaves goroutines", "goroutines are left", running(func(run runner) runner {
		return func(ctx context.Context, c *chain, f *frame) error {
			go func() { <-f.l.w.over }()
			return run(ctx, c, f)
		}
	})},
	{"falls back for bad requests", "a fallback ran for a ignored", fault{layer: func(l *layer) {
		run := l.run
		l.run = func(ctx context.Context, c *chain, f *frame) error {
			err := run(ctx, c, f)
			if errors.Is(err, circuit.ErrBadRequest) && l.kind != "failsafe" && l.kind != "framework" {
				f.fallen(err)
				return nil
			}
			return err
		}
	}}},
	{"ends permits without defer", "permits are not ended", byHand(func(ctx context.Context, b circuit.Breaker, fn func(context.Context) error) error {
		p, err := circuit.Acquire(b)
		if err != nil {
			return err
		}
		err = fn(ctx)
		p.Done(circuit.DefaultClassifier(ctx, err))
		return err
	})},
	{"counts cancelled calls as failures", "calls ended as", byHand(func(ctx context.Context, b circuit.Breaker, fn func(context.Context) error) error {
		p, err := circuit.Acquire(b)
		if err != nil {
			return err
		}
		o := circuit.Failure
		defer func() { p.Done(o) }()
		if err = fn(ctx); err == nil {
			o = circuit.Success
		}
		return err
	})},
	{"asks and does not say how it went", "permits are not ended", byHand(func(ctx context.Context, b circuit.Breaker, fn func(context.Context) error) error {
		if err := b.Allow(); err != nil {
			return err
		}
		err := fn(ctx)
		if err != nil {
			b.MarkFailed()
		}
		return err
	})},
}
