package composition_test

import (
	"context"
	"fmt"
	"strings"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// close ends the history: all calls end, and all permits that were not lost.
func (w *world) close() {
	w.calls.Wait()
	for _, h := range w.held {
		w.end(h, circuit.Result{Outcome: circuit.Success})
	}
	time.Sleep(2 * time.Second) // what is left over from timeouts ends
	synctest.Wait()
	w.vacant()
	time.Sleep(lost)
	synctest.Wait()
	w.balance()
}

// vacant wants no more places and probes to be taken than permits were lost, before their
// lifetime gives them back.
func (w *world) vacant() {
	open := map[bulkhead.Limit]uint64{}
	for _, c := range w.chains {
		for i, s := range c.spies {
			b := s.books()
			if shot := c.engine.Snapshot(); i == 0 {
				w.wants(uint64(shot.Probes) <= b.open, "%s: %d probes are in flight, of %d calls", s.name, shot.Probes, b.open)
			} else if s.most > 0 {
				open[c.limit] += b.open
			}
		}
	}
	for limit, n := range open {
		w.wants(uint64(limit.Stats().InFlight) <= n, "%d places are taken, for %d calls", limit.Stats().InFlight, n)
	}
}

// shown is where all breakers stand.
func (w *world) shown() string {
	var b strings.Builder
	for _, c := range w.chains {
		fmt.Fprintf(&b, "\n\t%s %+v: %+v", c.outermost().name, c.model, c.engine.Snapshot())
	}
	return b.String()
}

// balance compares the books.
func (w *world) balance() {
	for _, c := range w.chains {
		var missing uint64 // ends that did not come down to the spy
		for i := len(c.spies) - 1; i >= 0; i-- {
			s := c.spies[i]
			b := s.books()
			w.wants(b.open == c.gone+missing, "%s: %d permits are not ended, %d were lost, %d can't be given back", s.name, b.open, c.gone, missing)
			if i > 0 { // all that passes a wrapper comes out on the other side as it was
				in := c.spies[i-1].books()
				turned := in.rejects - b.rejects // away by a bulkhead
				if s.bare {
					turned = 0 // that is not told
				}
				w.wants(in.admitted == b.admitted+turned && in.success == b.success && in.failure == b.failure,
					"%s: outside are %+v, inside %+v", s.name, b, in)
			}
			if s.bare {
				missing += b.ignored
			}
			if s.most > 0 {
				in := c.spies[i-1].books()
				w.wants(b.refused-b.barred == in.refused-in.barred+in.rejects-b.rejects, "%s: refuses %d, of which %d inside, with %d rejects there and %d here",
					s.name, b.refused-b.barred, in.refused-in.barred, in.rejects, b.rejects)
			}
		}
		top := c.outermost().books()
		w.wants(c.thrown == c.passed+c.thrownLate, "%s: of %d panics %d came out, %d too late", c.outermost().name, c.thrown, c.passed, c.thrownLate)
		if c.check != nil {
			c.check()
			c.settleUp(w)
			continue
		}
		went := c.entered
		if c.executor != nil {
			went = c.went
		}
		if c.executor == nil {
			asked := top.admitted + top.refused - c.direct - c.shut
			w.wants(asked == c.calls, "%s: asked %d times for %d calls", c.outermost().name, asked, c.calls)
		}
		w.wants(top.admitted == went+c.direct, "%s: %d calls were admitted, and %d went on; %d by the history",
			c.outermost().name, top.admitted, went, c.direct)
		for o, seen := range []uint64{top.success, top.failure - top.overload, top.ignored, top.overload} {
			w.wants(seen >= c.definite[o] && seen <= c.definite[o]+c.unsure, "%s: %d calls ended as %v, not %d, of %d it is not sure",
				c.outermost().name, seen, circuit.Outcome(o), c.definite[o], c.unsure)
		}
		c.settleUp(w)
	}
}

// settleUp compares the engine's totals with what the innermost spy saw.
func (c *chain) settleUp(w *world) {
	name, b, s := c.spies[0].name, c.spies[0].books(), c.engine.Snapshot()
	want := circuit.Counts{
		Successes: b.success, Failures: b.failure, Ignored: b.ignored, Refused: b.refused, Overloads: b.overload,
		WouldRefuse: s.Total.WouldRefuse,
	}
	w.wants(s.Total == want, "%s: the totals are %+v, what it saw is %+v", name, s.Total, want)
	w.wants(s.Admitted == b.admitted && s.InFlight == b.open, "%s: %d admitted, %d in flight; what it saw is %d, %d",
		name, s.Admitted, s.InFlight, b.admitted, b.open)
	w.wants(s.Probes == 0, "%s: %d probes are in flight in the end", name, s.Probes)
	if c.limit != nil {
		w.wants(c.limit.Stats().InFlight == 0, "%s: places are taken in the end: %+v", name, c.limit.Stats())
	}
}

// All breakers have to close within so many calls. Most do soon; else it is that probes were
// lost, as bare ones are which a breaker further in refused: so later calls wait until
// these have expired.
const (
	patience = 80
	soon     = 10
)

// lost is when probes, and places, that were lost have expired.
const lost = 11 * time.Second

// recover has the callee be well, and wants all calls to reach it in the end.
func (w *world) recover() {
	w.health.Store(0)
	for _, c := range w.chains {
		c.engine.Release()
		_ = c.engine.SetMode(circuit.Auto)
		if c.model.engine == 3 { // by the book it can take hours: no probes, and refusals count
			_ = c.engine.change(0)
		}
	}
	for _, key := range []string{"a", "b"} {
		ctx := context.WithValue(context.Background(), scriptKey{}, &script{key: key, deeds: []deed{{}}})
		inARow := 0
		for n := 0; n < patience && inARow < 5; n++ {
			before := w.reached.Load()
			err := w.layers[0].call(ctx)
			if inARow++; err != nil || w.reached.Load() != before+1 {
				inARow = 0
			}
			if n < soon {
				time.Sleep(time.Second)
			} else {
				time.Sleep(lost)
			}
		}
		if inARow < 5 {
			w.wants(false, "after %d calls the callee is still not reached by all:%s", patience, w.shown())
		}
	}
	synctest.Wait()
	checks := map[*chain]int64{}
	for _, c := range w.chains {
		if c.engine.Snapshot().State == circuit.Closed {
			checks[c] = c.engine.checked()
		}
	}
	time.Sleep(lost)
	synctest.Wait()
	for c, n := range checks {
		w.wants(c.engine.checked() == n, "%s: closed, and its health is checked", c.spies[0].name)
	}
	w.balance()
}
