package composition_test

import (
	"context"
	"errors"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// longest is the number of steps of a history, at most.
const longest = 60

// play makes the history: what the tape says, one step after the other, while the calls
// that were begun go on.
func (w *world) play() {
	t := w.tape
	for n := 0; n < longest && !t.over(); n++ {
		switch t.below(16) {
		case 0, 1, 2, 3, 4, 5, 6:
			for range 1 + t.below(4) {
				w.begin(n)
			}
		case 7, 8:
			time.Sleep(oneOf(t, ms, 4*ms, 10*ms, 40*ms, 300*ms, 3*time.Second))
		case 9:
			w.mode()
		case 10:
			w.update()
		case 11, 12:
			w.hold()
		case 13:
			w.settle()
		case 14:
			w.health.Store(int64(t.below(3)))
		case 15:
			if len(w.groups) > 0 {
				w.groups[t.below(len(w.groups))].Remove(oneOf(t, "a", "b"))
			}
		}
		if t.oneIn(3) {
			synctest.Wait()
		}
		w.look()
	}
}

// begin begins a call.
func (w *world) begin(number int) {
	t := w.tape
	s := w.tape.script(w.calm)
	s.number = number
	ctx := context.WithValue(context.Background(), scriptKey{}, s)
	cancel := func() {}
	late := oneOf(t, 0, ms, 5*ms, 10*ms, 20*ms)
	s.over = time.Now().Add(late)
	switch t.below(5) {
	case 1:
		ctx, cancel = context.WithTimeout(ctx, late)
	case 2:
		ctx, cancel = context.WithCancel(ctx)
		s.givenUp = true
		stop := cancel
		if late == 0 {
			stop()
		} else {
			time.AfterFunc(late, stop)
		}
	}
	s.ctx = ctx
	w.calls.Add(1)
	go func() {
		defer w.calls.Done()
		defer cancel()
		defer func() { _ = recover() }()
		_ = w.layers[0].call(ctx)
	}()
}

// any is some chain.
func (w *world) any() *chain {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.chains) == 0 {
		return nil
	}
	return w.chains[w.tape.below(len(w.chains))]
}

func (w *world) mode() {
	c := w.any()
	if c == nil {
		return
	}
	mode := oneOf(w.tape, circuit.Auto, circuit.Observe, circuit.ForceOpen, circuit.ForceClose, circuit.Mode(9))
	err := errors.New("not set")
	switch w.tape.below(3) {
	case 0:
		err = c.engine.SetMode(mode)
	case 1:
		err = c.engine.Override(mode, oneOf(w.tape, 0, ms, 30*ms))
	case 2:
		c.engine.Release()
		return
	}
	w.wants((err == nil) == (mode <= circuit.ForceClose), "mode %d is set with %v", mode, err)
}

func (w *world) update() {
	if c := w.any(); c != nil {
		i := w.tape.below(7)
		w.wants((c.engine.change(i) == nil) == c.engine.valid(i), "Update to config %d", i)
		if limit, ok := c.limit.(*bulkhead.Bulkhead); ok { // Max is what the spies go by
			config := limit.Config()
			w.wants(limit.Update(config) == nil, "Update of a bulkhead")
			config.Max = 0
			w.wants(limit.Update(config) != nil, "Update of a bulkhead to no place")
		}
		if c.command != nil {
			config := c.command.limits
			config.Timeout = oneOf(w.tape, 0, 3*ms, 30*ms, -1)
			w.wants((c.command.Update(config) == nil) == (config.Timeout >= 0), "Update of a command")
		}
	}
}

// hold takes a permit.
func (w *world) hold() {
	c := w.any()
	if c == nil {
		return
	}
	p, err := c.outermost().Acquire()
	if err != nil {
		if c.shut++; errors.Is(err, bulkhead.ErrFull) {
			c.full++
		}
		return
	}
	c.direct++
	w.held = append(w.held, hold{c, p})
}

// settle ends a permit that is held, or loses it.
func (w *world) settle() {
	if len(w.held) == 0 {
		return
	}
	i := w.tape.below(len(w.held))
	h := w.held[i]
	w.held = append(w.held[:i], w.held[i+1:]...)
	r := circuit.Result{
		Outcome: oneOf(w.tape, circuit.Success, circuit.Failure, circuit.Ignored, circuit.Overload),
		Kind:    oneOf(w.tape, circuit.KindPlain, circuit.KindTimeout, circuit.KindBadRequest, circuit.KindInterrupt),
	}
	if w.tape.oneIn(4) {
		h.c.gone++
		return
	}
	w.end(h, r)
}

func (w *world) end(h hold, r circuit.Result) {
	for _, l := range w.layers { // whose it is doesn't matter: the lock is one of them
		l.mu.Lock()
		defer l.mu.Unlock()
	}
	h.c.definite[r.Outcome]++
	h.p.End(r)
}

// look takes snapshots.
func (w *world) look() {
	w.mu.Lock()
	chains := w.chains[:len(w.chains):len(w.chains)]
	w.mu.Unlock()
	for _, c := range chains {
		s := c.engine.Snapshot()
		w.wants(s.Probes >= 0 && s.Probes <= c.engine.probes(), "%s: %d probes are in flight, of %d", c.spies[0].name, s.Probes, c.engine.probes())
		if limit, ok := c.limit.(*bulkhead.Bulkhead); ok { // an adaptive one may have fallen below
			l := limit.Stats()
			w.wants(l.InFlight >= 0 && l.InFlight <= l.Max, "%d places are taken, of %d", l.InFlight, l.Max)
		}
		w.wants(s.InFlight <= s.Admitted, "%d calls are in flight, of %d admitted", s.InFlight, s.Admitted)
		w.wants(s.DropRatio >= 0 && s.DropRatio <= 1, "the drop ratio is %v", s.DropRatio)
	}
}
