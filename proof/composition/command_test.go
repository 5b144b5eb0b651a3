package composition_test

import (
	"context"
	"errors"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// command is one for each chain, and what it is to keep.
type command struct {
	*hystrix.Command
	limits        hystrix.CommandConfig
	before, after uint64
	fallen, fine  uint64 // fallbacks, and those of them that return no error
	falling       int    // at once
	rejectedFalls uint64

	// How calls must have been judged, as far as that is certain.
	succeeded, failed, mistaken, unsure uint64
}

// command is a layer of hystrix Commands.
func (w *world) command(t *tape) *layer {
	l := &layer{w: w, kind: "Command"}
	limits := hystrix.CommandConfig{
		Timeout:                oneOf(t, 0, 5*ms, 20*ms),
		MaxConcurrent:          oneOf(t, 0, 1, 3),
		MaxConcurrentFallbacks: oneOf(t, 0, 1, 2),
	}
	falls := t.below(4) // not at all, back to nothing wrong, to an error, to an error after a while
	l.fit = func(c *chain) {
		c.command = &command{limits: limits}
		count := func(n *uint64) {
			l.mu.Lock()
			defer l.mu.Unlock()
			*n++
		}
		c.command.Command = must(hystrix.NewCommand(l.name, c.top, limits,
			hystrix.WithBefore(func(context.Context) { count(&c.command.before) }),
			hystrix.WithAfter(func(context.Context, circuit.Result, error) { count(&c.command.after) }),
			hystrix.WithLatePanic(func(_ context.Context, _ string, p *hystrix.PanicError) { count(&c.thrownLate) })))
		c.check = func() { l.settleUp(c) }
	}
	l.run = func(ctx context.Context, c *chain, f *frame) error {
		if falls == 0 {
			return c.command.Do(ctx, f.enter, nil)
		}
		return c.command.Do(ctx, f.enter, func(_ context.Context, err error) error {
			f.fallen(err)
			f.falls(+1)
			defer f.falls(-1)
			switch falls {
			case 1:
				f.l.mu.Lock()
				defer f.l.mu.Unlock()
				c.command.fine++
				return nil
			case 3:
				time.Sleep(5 * ms)
			}
			return errFellBack
		})
	}
	l.judge = (*frame).judgeCommand
	return l
}

// falls counts the fallbacks that are on.
func (f *frame) falls(by int) {
	f.l.mu.Lock()
	defer f.l.mu.Unlock()
	c := f.c.command
	if c.falling += by; by > 0 {
		c.fallen++
	}
	most := c.limits.MaxConcurrentFallbacks
	f.l.w.wants(most == 0 || c.falling <= most, "%d fallbacks run at once, of %d", c.falling, most)
}

// judgeCommand looks at one call. A run that outlived it may end at any time.
func (f *frame) judgeCommand(how ending) {
	w, name := f.l.w, f.l.name
	w.wants(f.inner == nil || f.inner == f.ctx || f.inner.Err() != nil, "%s leaves the ctx of what it calls", name)
	f.judged(how)
	if !how.returned() {
		w.wants(len(f.left) == 1 && how == f.left[0] && len(f.fell) == 0, "%s ends with %+v, what it guards with %+v, and fell %v", name, how, f.left, f.fell)
		return
	}
	if e, ok := errors.AsType[*hystrix.CommandError](how.err); ok && e.Command == name && errors.Is(e.Fallback, hystrix.ErrMaxFallbacks) {
		f.l.mu.Lock()
		f.c.command.rejectedFalls++
		f.l.mu.Unlock()
	}
	err := how.err
	if len(f.fell) > 0 {
		err = f.fell[0]
	}
	late := errors.Is(err, hystrix.ErrTimeout) || errors.Is(err, hystrix.ErrInterrupt)
	w.wants(len(f.fell) <= 1 && f.entered <= 1, "%s calls %d times, and falls back %d times", name, f.entered, len(f.fell))
	w.wants(len(f.fell) == 0 || !errors.Is(err, circuit.ErrBadRequest), "%s falls back for %v", name, err)
	switch {
	case f.entered == 0:
		w.wants(late || errors.Is(err, circuit.ErrNotAllowed), "%s calls nothing, for %v", name, err)
		w.wants(late || errors.Is(err, hystrix.ErrShortCircuit) != errors.Is(err, hystrix.ErrMaxConcurrency), "%s calls nothing, for %v", name, err)
	case late:
	case len(f.left) == 0:
		w.wants(false, "%s doesn't wait, and ends with %v", name, err)
	default:
		in := f.left[0]
		w.wants(in.returned(), "%s returns %v after %+v", name, err, in)
		w.wants(in.err == nil && err == nil || in.err != nil && errors.Is(err, in.err), "%s returns %v after %v", name, err, in.err)
	}
}

// judged counts what the command must have made of the call. Where a ctx is over, or a command
// further in says so, nobody knows whether it was over when the call was judged.
func (f *frame) judged(how ending) {
	err := how.err
	if len(f.fell) > 0 {
		err = f.fell[0]
	}
	f.l.mu.Lock()
	defer f.l.mu.Unlock()
	switch c := f.c.command; {
	case !how.returned():
		c.failed++
	case f.entered == 0, errors.Is(err, circuit.ErrNotAllowed):
	case err == nil:
		c.succeeded++
	case errors.Is(err, circuit.ErrBadRequest):
		c.mistaken++
	case f.ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		c.unsure++
	default:
		c.failed++
	}
}

// settleUp compares a command's counts with those of the spies, in the end.
func (l *layer) settleUp(c *chain) {
	s, b, w := c.command.Stats(), c.outermost().books(), l.w
	most := c.command.limits.MaxConcurrent
	w.wants(most == 0 || c.most <= most, "%s: %d calls at once, of %d", l.name, c.most, most)
	w.wants(s.InFlight == 0 && s.FallbacksInFlight == 0, "%s: %d calls and %d fallbacks are in flight in the end", l.name, s.InFlight, s.FallbacksInFlight)
	ends := s.Successes + s.Failures + s.Timeouts + s.BadRequests + s.Interrupts + s.Ignored + s.ConcurrencyRejects + s.ShortCircuits
	w.wants(ends == c.calls && c.command.after == c.calls, "%s: of %d calls %d are counted, and %d were heard of: %+v", l.name, c.calls, ends, c.command.after, s)
	full := b.full - c.full                      // for want of a place in the bulkhead
	rejects := b.admitted - c.direct - c.entered // for want of one in the command
	w.wants(s.ConcurrencyRejects == rejects+full, "%s: %d calls found no place, %d of them in the bulkhead, not %d", l.name, rejects+full, full, s.ConcurrencyRejects)
	w.wants(s.ShortCircuits+full == b.refused-c.shut, "%s: %d calls were refused, %d by the bulkhead, not %d", l.name, b.refused-c.shut, full, s.ShortCircuits)
	w.wants(s.FallbackSuccesses == c.command.fine && s.FallbackSuccesses+s.FallbackFailures == c.command.fallen && s.FallbackRejects == c.command.rejectedFalls,
		"%s: %d fallbacks ran, and %d found no place: %+v", l.name, c.command.fallen, c.command.rejectedFalls, s)
	k := c.command
	w.wants(s.Successes == k.succeeded && s.BadRequests == k.mistaken && s.Failures >= k.failed && s.Failures <= k.failed+k.unsure,
		"%s: %d calls succeeded, %d failed and %d were mistakes, of %d it is not sure: %+v", l.name, k.succeeded, k.failed, k.mistaken, k.unsure, s)
	w.wants(c.command.before == c.entered, "%s: %d calls were announced, of %d", l.name, c.command.before, c.entered)

	o := c.definite                                                        // of the history's own permits
	before := c.calls - c.entered - s.ConcurrencyRejects - s.ShortCircuits // over before anybody was asked
	failed := b.failure - o[circuit.Failure] - o[circuit.Overload]
	ignored := b.ignored - o[circuit.Ignored]
	w.wants(b.success-o[circuit.Success] == s.Successes && failed >= s.Failures && failed <= s.Failures+s.Timeouts &&
		ignored >= s.BadRequests+s.Ignored+rejects &&
		failed+ignored+before == s.Failures+s.Timeouts+s.BadRequests+s.Interrupts+s.Ignored+rejects,
		"%s: the breaker saw %+v, of which %v by the history, the command %+v", l.name, b, o, s)
}
