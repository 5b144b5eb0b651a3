package proof_test

import (
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// ledger is what the models of all engines share: modes, generations, totals. A
// model knows each permit by the operation that got it, and keeps the generation.
type ledger struct {
	now, since time.Duration
	mode, base circuit.Mode
	overridden bool
	ends       time.Duration // the override, 0 for never
	state      circuit.State
	gen        uint16 // from 1 on
	total      circuit.Counts
	config     int
	permits    [maxOps]uint16 // their generations
	counts     bool           // admissions
	counted    [maxOps]bool   // permits
	admitted   uint64
	ended      uint64
	// lost is a model that can't know what its dice have thrown: until all begins
	// afresh, only totals are compared.
	lost bool
}

// law is the part of one engine. Its state is a comparable value.
type law interface {
	core() *ledger
	// admit decides on the call with that permit, or -1. Where the dice do, said
	// is what they threw, and what admit returns if they can have.
	admit(permit int, said bool) bool
	settle(permit int, o circuit.Outcome)
	mark(o circuit.Outcome)
	reset()
	passed() // some time
	changed()
	fits(s circuit.Snapshot) bool
}

// begun is the state of all engines when a history begins.
func begun(now time.Duration, s circuit.Snapshot, since time.Duration, counts bool) ledger {
	l := ledger{now: now, since: since, gen: 1, total: s.Total, counts: counts}
	if counts {
		l.admitted, l.ended = s.Admitted, s.Total.Successes+s.Total.Failures+s.Total.Ignored
	}
	return l
}

// modelOf has S be the state, and *S the law.
func modelOf[S comparable, L interface {
	*S
	law
}](start S) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return start },
		Step: func(state, in, out any) (bool, any) {
			s := state.(S)
			ok := step(L(&s), in.(op), out.(answer))
			return ok, s
		},
		DescribeOperation: describe,
	}
}

// step does one operation, and reports whether that can have been its answer.
func step(l law, o op, a answer) bool {
	c := l.core()
	if c.ends != 0 && c.now >= c.ends && o.verb != sleep {
		lift(l)
	}
	switch o.verb {
	case acquire:
		return ask(l, o.number, a.ok)
	case allow:
		return ask(l, -1, a.ok)
	case settle:
		c.tally(o.outcome)
		if c.counted[o.permit] {
			c.ended++
		}
		if c.deciding() && !c.lost && c.permits[o.permit] == c.gen {
			l.settle(o.permit, o.outcome)
		}
	case mark:
		c.tally(o.outcome)
		if c.counts {
			c.ended++
		}
		if c.deciding() && !c.lost {
			l.mark(o.outcome)
		}
	case setMode:
		if c.base = o.mode; !c.overridden {
			turnMode(l, o.mode)
		}
	case override:
		c.overridden, c.ends = true, 0
		if o.step > 0 {
			c.ends = c.now + o.step
		}
		turnMode(l, o.mode)
	case release:
		lift(l)
	case count:
		c.counts = true
	case change:
		c.config = o.config
		l.changed()
	case sleep:
		c.now += o.step
		l.passed()
	case snapshot:
		return shows(l, a, o.quiet)
	}
	return true
}

// lift takes the override away.
func lift(l law) {
	c := l.core()
	c.overridden, c.ends = false, 0
	turnMode(l, c.base)
}

func ask(l law, permit int, said bool) bool {
	c := l.core()
	var ok bool
	switch c.mode {
	case circuit.ForceClose:
		ok = true
	case circuit.ForceOpen:
	default:
		if ok = said; !c.lost {
			ok = l.admit(permit, said)
		}
	}
	gen := c.gen
	switch {
	case ok:
	case c.mode == circuit.Observe:
		c.total.WouldRefuse++
		ok, gen = true, 0
	default:
		c.total.Refused++
	}
	if ok && c.counts {
		c.admitted++
	}
	if ok && permit >= 0 {
		c.permits[permit], c.counted[permit] = gen, c.counts
	}
	return ok == said
}

func turnMode(l law, m circuit.Mode) {
	c := l.core()
	if m == c.mode {
		return
	}
	to := circuit.Closed
	if m == circuit.ForceOpen {
		to = circuit.Open
	}
	if !c.deciding() || m == circuit.ForceOpen || m == circuit.ForceClose {
		if c.state != to {
			c.turn(to)
		} else {
			c.gen++
		}
		if c.lost { // it isn't known which of the two it was
			c.since = unknown
		}
		c.lost = false
		l.reset()
	}
	c.mode = m
}

const unknown time.Duration = -1

// shows compares a Snapshot. A call is counted as admitted a moment after it is, so that
// this shows exactly where nothing else runs.
func shows(l law, a answer, quiet bool) bool {
	c, s := l.core(), a.shown
	if s.Mode != c.mode || s.BaseMode != c.base || a.ends != c.ends || s.Total != c.total {
		return false
	}
	if quiet && (s.Admitted != c.admitted || s.InFlight != c.admitted-min(c.admitted, c.ended)) {
		return false
	}
	if c.mode == circuit.ForceOpen { // the law has no say
		after := time.Duration(0)
		if c.ends != 0 && c.base != circuit.ForceOpen {
			after = c.ends - c.now
		}
		if s.RetryAfter != after {
			return false
		}
		s.RetryAfter = 0
	}
	if c.lost {
		return true
	}
	switch { // that of the mode stands in place of the law's
	case c.mode == circuit.ForceOpen && s.DropRatio != 1, c.mode == circuit.ForceClose && s.DropRatio != 0:
		return false
	}
	return s.State == c.state && (c.since == unknown || a.since == c.since) && l.fits(s)
}

func (c *ledger) core() *ledger { return c }

func (c *ledger) deciding() bool { return c.mode == circuit.Auto || c.mode == circuit.Observe }

func (c *ledger) turn(to circuit.State) {
	c.state, c.since = to, c.now
	c.gen++
}

func (c *ledger) tally(o circuit.Outcome) {
	switch o {
	case circuit.Success:
		c.total.Successes++
	case circuit.Failure:
		c.total.Failures++
	default:
		c.total.Ignored++
	}
}

// ratio is what the law's becomes in its mode.
func (c *ledger) ratio(law float64) float64 {
	switch c.mode {
	case circuit.ForceOpen:
		return 1
	case circuit.ForceClose:
		return 0
	default:
		return law
	}
}

// rolling is a window of four buckets.
type rolling struct {
	newest  int64
	buckets [buckets]tallies
}

type tallies struct{ successes, failures, refused uint16 }

const (
	buckets = 4
	width   = 10 * time.Millisecond
)

// now is the present bucket, after those before the window are emptied.
func (r *rolling) now(now time.Duration) *tallies {
	for to := int64(now / width); r.newest < to; {
		if to-r.newest > buckets {
			r.newest = to - buckets
		}
		r.newest++
		r.buckets[r.newest%buckets] = tallies{}
	}
	return &r.buckets[r.newest%buckets]
}

func (r *rolling) sum() (c circuit.Counts) {
	for _, b := range r.buckets {
		c.Successes += uint64(b.successes)
		c.Failures += uint64(b.failures)
		c.Refused += uint64(b.refused)
	}
	return c
}

func (r *rolling) reset() { r.buckets = [buckets]tallies{} }
