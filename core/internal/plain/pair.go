package plain

import (
	"fmt"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
)

// Pair is a fast breaker and a plain one. Both begin with the Pair. All that happens
// comes to the fast one first.
type Pair struct {
	Fast, Plain *engine.Core
	Watch       *Watch           // of the fast one's law
	Update      func(config int) // of both
	Width       func() time.Duration
	Same        func() bool // whether what the laws hold is the same; after a Snapshot

	// Cautious histories keep to what even the law of drop ratios does exactly: a
	// millisecond before each call while open, and so few successes in the Widest of
	// buckets that the clock is looked at for each.
	Cautious bool
	Widest   time.Duration

	// What the fast one did last, for the laws of the plain one.
	Passed  bool          // without its lock
	Before  engine.Lease  // that it had
	Since   time.Duration // when it got this
	Counted int           // successes on this

	Mode  circuit.Mode // in force
	State circuit.State

	Healthy, HealthyPassed int // admissions and ends in healthy and dense stretches; of these, without the lock

	t      testing.TB
	start  time.Time
	where  string
	events [2][]circuit.Event
	calls  []call
	recent []time.Duration // successes

	base, laid circuit.Mode
	ends       time.Duration // of the one that is laid over the other
}

// call is one that both have admitted.
type call struct {
	permits [2]circuit.Permit
	bare    bool
}

// Start is to be called before all else.
func (p *Pair) Start(t testing.TB) {
	p.t, p.start = t, time.Now()
	for i, c := range p.cores() {
		c.Observe(func(e circuit.Event) { p.events[i] = append(p.events[i], e) })
	}
}

func (p *Pair) cores() [2]*engine.Core { return [2]*engine.Core{p.Fast, p.Plain} }

func (p *Pair) now() time.Duration { return time.Since(p.start) }

// Failf ends the test.
func (p *Pair) Failf(format string, args ...any) {
	p.t.Fatalf("%s, at %v, in mode %v, %v: %s", p.where, p.now(), p.Mode, p.State, fmt.Sprintf(format, args...))
}

// both does something to the one and to the other.
func (p *Pair) both(do func(c *engine.Core, i int)) {
	if p.Mode = p.base; p.now() < p.ends {
		p.Mode = p.laid
	}
	p.Before, p.Since = p.Watch.Last, p.Watch.Granted
	if p.Since < p.ends {
		p.Before.Refuse = min(p.Before.Refuse, p.ends)
	}
	grants := p.Watch.Grants
	do(p.Fast, 0)
	if p.Passed = p.Watch.Grants == grants; !p.Passed {
		p.Counted = 0
	}
	do(p.Plain, 1)
	if len(p.events[0]) != len(p.events[1]) {
		p.Failf("the events are %+v, want %+v", p.events[0], p.events[1])
	}
	for i, e := range p.events[0] {
		if e != p.events[1][i] {
			p.Failf("the event is\n%+v, want\n%+v", e, p.events[1][i])
		}
		p.State = e.To
	}
	p.events = [2][]circuit.Event{p.events[0][:0], p.events[1][:0]}
}

// Call is one that is admitted or not by both.
func (p *Pair) Call(bare bool) (admitted bool) {
	if p.Cautious && p.State == circuit.Open {
		time.Sleep(time.Millisecond)
	}
	c := call{bare: bare}
	var errs [2]error
	p.both(func(core *engine.Core, i int) {
		if bare {
			errs[i] = core.Allow()
		} else {
			c.permits[i], errs[i] = core.Acquire()
		}
	})
	if (errs[0] == nil) != (errs[1] == nil) {
		p.Failf("the fast one returned %v for a call (without lock: %v), the plain one %v", errs[0], p.Passed, errs[1])
	}
	if errs[0] != nil {
		return false
	}
	p.calls = append(p.calls, c)
	return true
}

// End ends the i-th call that is in flight.
func (p *Pair) End(i int, o circuit.Outcome) {
	c := p.calls[i]
	p.calls[i] = p.calls[len(p.calls)-1]
	p.calls = p.calls[:len(p.calls)-1]
	if c.bare && o == circuit.Ignored {
		return
	}
	if o == circuit.Success && p.Cautious {
		p.spare()
	}
	p.both(func(core *engine.Core, i int) {
		if c.bare {
			core.Mark(o)
		} else {
			c.permits[i].Done(o)
		}
	})
	if p.Passed {
		p.Counted++
	}
}

// spare lets time pass when successes are so many that the clock isn't looked at for
// each any more. Buckets of another width may have what two had.
func (p *Pair) spare() {
	const most = 120
	if len(p.recent) == most {
		time.Sleep(p.recent[0] + 2*p.Widest - p.now())
		p.recent = p.recent[1:]
	}
	p.recent = append(p.recent, p.now())
}

// Snapshot is compared whole.
func (p *Pair) Snapshot() circuit.Snapshot {
	var s [2]circuit.Snapshot
	p.both(func(c *engine.Core, i int) { s[i] = c.Snapshot() })
	if s[0] != s[1] {
		p.Failf("the fast one shows\n%+v, the plain one\n%+v", s[0], s[1])
	}
	if !p.Same() {
		p.Failf("the laws hold something else, though both show %+v", s[0])
	}
	if p.Cautious && pace(p.Watch.Last) > 1 {
		p.Failf("the pace is %d", p.Watch.Last.Pace)
	}
	return s[0]
}

// SetMode sets it, under an override if there is one.
func (p *Pair) SetMode(m circuit.Mode) {
	p.base = m
	p.both(func(c *engine.Core, _ int) {
		if err := c.SetMode(m); err != nil {
			p.Failf("%v", err)
		}
	})
}

// Override lays a mode over the one that was set, until d is over.
func (p *Pair) Override(m circuit.Mode, d time.Duration) {
	p.laid, p.ends = m, p.now()+d
	p.both(func(c *engine.Core, _ int) {
		if err := c.Override(m, d); err != nil {
			p.Failf("%v", err)
		}
	})
}
