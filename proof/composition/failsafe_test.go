package composition_test

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"

	"github.com/failsafe-go/failsafe-go"
	failsafebulkhead "github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/common"
	"github.com/failsafe-go/failsafe-go/fallback"
	"github.com/failsafe-go/failsafe-go/hedgepolicy"
	"github.com/failsafe-go/failsafe-go/policy"
	"github.com/failsafe-go/failsafe-go/timeout"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// failsafe is a layer of failsafe-go's policies in any order, a breaker among them.
func (w *world) failsafe(t *tape) *layer {
	l := &layer{w: w, kind: "failsafe"}
	policies := []failsafe.Policy[any]{nil} // the breaker's place
	var names []byte
	add := func(name byte, p failsafe.Policy[any]) {
		at := t.below(len(policies) + 1)
		policies = append(policies[:at:at], append([]failsafe.Policy[any]{p}, policies[at:]...)...)
		names = append(names[:at:at], append([]byte{name}, names[at:]...)...)
	}
	names = []byte{'B'}
	which := t.below(32)
	if which&1 > 0 {
		builder := circuitfailsafe.NewRetryPolicyBuilder[any]
		if w.fault.retry != nil {
			builder = w.fault.retry
		}
		add('R', builder().WithMaxRetries(1+t.below(3)).WithDelay(oneOf(t, 0, 2*ms)).Build())
	}
	if which&2 > 0 {
		add('T', timeout.New[any](oneOf(t, 5*ms, 20*ms)))
	}
	if which&4 > 0 {
		add('F', fallback.NewWithError[any](oneOf(t, nil, errFellBack)))
	}
	// A panic under these ends the process, or costs a place: that is how failsafe-go is.
	if which&8 > 0 {
		w.calm = true
		add('H', hedgepolicy.NewBuilderWithDelay[any](3*ms).WithMaxHedges(1+t.below(2)).Build())
	}
	if which&16 > 0 {
		w.calm = true
		add('P', failsafebulkhead.New[any](2))
	}
	// A hedge around a retry races: its executor has a state that all hedges share.
	if h, r := bytes.IndexByte(names, 'H'), bytes.IndexByte(names, 'R'); h >= 0 && h < r {
		names[h], names[r] = names[r], names[h]
		policies[h], policies[r] = policies[r], policies[h]
	}
	l.name = string(names)
	l.fit = func(c *chain) {
		ps := append([]failsafe.Policy[any]{}, policies...)
		for i, p := range ps {
			if p == nil {
				ps[i] = observed{l, c, circuitfailsafe.NewPolicy[any](c.top), repeats(names), which&2 > 0}
			}
		}
		c.executor = failsafe.With(ps...)
	}
	l.run = func(ctx context.Context, c *chain, f *frame) error {
		return c.executor.WithContext(context.WithValue(ctx, frameKey{}, f)).RunWithExecution(func(e failsafe.Execution[any]) error {
			return f.enter(e.Context())
		})
	}
	l.judge = func(f *frame, how ending) {
		if n := len(f.left); n > 0 && !f.left[n-1].returned() || !how.returned() {
			w.wants(n > 0 && how == f.left[n-1], "%s ends with %+v, what it guards with %+v", l.name, how, f.left)
		}
		if f.entered == 0 && !bytes.ContainsAny(names, "FTP") {
			w.wants(errors.Is(how.err, circuit.ErrNotAllowed) || f.ctx.Err() != nil, "%s calls nothing, and returns %v", l.name, how.err)
		}
	}
	return l
}

type frameKey struct{}

// repeats reports whether a refused attempt may be followed by another: by a hedge, or after
// a fallback that has made something else of it.
func repeats(names []byte) bool {
	return bytes.IndexByte(names, 'H') >= 0 || bytes.IndexByte(names, 'F') > bytes.IndexByte(names, 'R')
}

// observed is the breaker's policy, with somebody who looks at each attempt on both sides
// of it.
type observed struct {
	l       *layer
	c       *chain
	policy  failsafe.Policy[any]
	repeats bool // there may be an attempt after a refused one
	times   bool // there is a timeout
}

func (o observed) ToExecutor(any) any {
	return &observer{observed: o, inner: o.policy.ToExecutor(nil).(policy.Executor[any])}
}

type observer struct {
	policy.BaseExecutor[any]
	observed
	inner policy.Executor[any]
}

type result = common.PolicyResult[any]

func (o *observer) Apply(next func(failsafe.Execution[any]) *result) func(failsafe.Execution[any]) *result {
	return func(exec failsafe.Execution[any]) *result {
		w := o.l.w
		f := exec.Context().Value(frameKey{}).(*frame)
		w.wants(o.repeats || !f.refused.Load(), "%s asks again after a refusal", o.l.name)
		var went atomic.Int64
		in := ending{exited: true} // until it returns
		var out *result
		defer func() {
			w.wants(went.Load() <= 1, "%s goes on %d times", o.l.name, went.Load())
			o.l.mu.Lock()
			o.c.went += uint64(went.Load())
			o.l.mu.Unlock()
			switch {
			case went.Load() == 0:
				w.wants(out != nil && errors.Is(out.Error, circuit.ErrNotAllowed), "%s goes nowhere, and ends with %+v", o.l.name, out)
			case out == nil:
				f.expect(circuit.Failure, true)
			default:
				w.wants(out.Error == in.err, "%s makes %v of %v", o.l.name, out.Error, in.err) //nolint:errorlint // the same
				ctx := exec.Context()
				verdict, certain := (&frame{ctx: ctx}).verdict(in)
				if errors.Is(in.err, failsafebulkhead.ErrFull) {
					verdict = circuit.Ignored
				}
				f.expect(verdict, certain && ctx.Err() == nil && !exec.IsCanceled())
			}
			// A layer further in may refuse when a timeout is over, which is what a retry sees.
			if out != nil && errors.Is(out.Error, circuit.ErrNotAllowed) && (went.Load() == 0 || !o.times) {
				f.refused.Store(true)
			}
		}()
		out = o.inner.Apply(func(e failsafe.Execution[any]) *result {
			went.Add(1)
			r := next(e)
			in = ending{err: r.Error}
			return r
		})(exec)
		return out
	}
}
