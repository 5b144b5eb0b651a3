package composition_test

import (
	"context"
	"errors"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// do is circuit.Do, at times with a fallback, or a classifier that knows overloads.
func (w *world) do(t *tape) *layer {
	l := &layer{w: w, kind: "Do"}
	var common []circuit.Option
	knows := t.oneIn(2)
	if knows {
		common = append(common, circuit.WithClassifier(func(ctx context.Context, err error) circuit.Outcome {
			if o := circuit.DefaultClassifier(ctx, err); o != circuit.Failure || !isOverload(err) {
				return o
			}
			return circuit.Overload
		}))
	}
	falls := t.below(3) // not at all, back to nothing wrong, to an error
	l.plain = !knows && falls == 0
	l.run = func(ctx context.Context, c *chain, f *frame) error {
		opts := common
		if falls > 0 {
			opts = append(opts[:len(opts):len(opts)], circuit.WithFallback(func(_ context.Context, err error) error {
				f.fallen(err)
				return [...]error{nil, nil, errFellBack}[falls]
			}))
		}
		return circuit.Do(ctx, c.top, f.enter, opts...)
	}
	l.judge = func(f *frame, how ending) {
		w.wants(f.entered <= 1, "Do calls %d times", f.entered)
		if f.entered == 0 {
			switch falls {
			case 0:
				w.wants(errors.Is(how.err, circuit.ErrNotAllowed), "Do calls nothing, and returns %v", how.err)
			default:
				w.wants(len(f.fell) == 1 && errors.Is(f.fell[0], circuit.ErrNotAllowed), "refused, the fallback got %v", f.fell)
			}
			return
		}
		o, certain := f.verdict(f.left[0])
		if o == circuit.Failure && knows && isOverload(f.left[0].err) {
			o = circuit.Overload
		}
		f.expect(o, certain)
		switch {
		case !f.left[0].returned():
			w.wants(len(f.fell) == 0, "a fallback ran for a panic")
			f.passes(how)
		case len(f.fell) > 0:
			w.wants(ending{err: f.fell[0]} == f.left[0] && (!certain || o.Failed()), "a fallback ran for a %v, and got %v", o, f.fell)
		default:
			w.wants(falls == 0 || !certain || !o.Failed(), "no fallback ran for a %v", o)
			f.passes(how)
		}
	}
	return l
}

var errFellBack = errors.New("fell back")

func isOverload(err error) bool {
	_, ok := errors.AsType[overloaded](err)
	return ok
}

// framework is a caller that knows a breaker's three methods only. It may be one that
// marks refusals.
func (w *world) framework(t *tape) *layer {
	l := &layer{w: w, kind: "framework", anonymous: true}
	marks := t.oneIn(2)
	l.run = func(ctx context.Context, c *chain, f *frame) error {
		b := c.top
		if marks {
			b = c.marks
		}
		if err := b.Allow(); err != nil {
			if marks {
				b.MarkFailed()
			}
			return err
		}
		fine := false
		defer func() {
			if fine {
				b.MarkSuccess()
			} else {
				b.MarkFailed()
			}
		}()
		err := f.enter(ctx)
		fine = err == nil
		return err
	}
	l.judge = func(f *frame, how ending) {
		if f.entered == 0 {
			w.wants(errors.Is(how.err, circuit.ErrNotAllowed), "refused, the framework gets %v", how.err)
			return
		}
		f.passes(how)
		o := circuit.Failure
		if how.returned() && how.err == nil {
			o = circuit.Success
		}
		f.expect(o, true)
	}
	return l
}
