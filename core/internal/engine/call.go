package engine

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/spread"
)

// Acquire is [circuit.Acquirer]'s.
func (c *Core) Acquire() (circuit.Permit, error) {
	t := term(c.admit.Load())
	if t < forever {
		return c.acquire(t)
	}
	return circuit.NewPermit(c, uint64(t&genMask)), nil
}

func (c *Core) acquire(t term) (circuit.Permit, error) {
	token, err := c.token(t, false)
	if err != nil {
		return circuit.Permit{}, err
	}
	return circuit.NewPermit(c, token), nil
}

// Token is Acquire for an engine that hands out permits of its own, and passes their
// tokens to SettleResult, or Allow, if the call is anonymous.
func (c *Core) Token(anonymous bool) (token uint64, err error) {
	return c.token(term(c.admit.Load()), anonymous)
}

func (c *Core) token(t term, anonymous bool) (token uint64, err error) {
	token, ok := t.token(), t.holds(c)
	if !ok {
		if token, ok = c.ask(anonymous); !ok {
			return 0, c.refusal
		}
	}
	c.countAdmission(token)
	return token, nil
}

// Allow is [circuit.Breaker]'s.
func (c *Core) Allow() error {
	if term(c.admit.Load()) >= forever {
		return nil
	}
	_, err := c.Token(true)
	return err
}

// ask decides on a call that no lease lets through.
func (c *Core) ask(anonymous bool) (token uint64, ok bool) {
	refused, d := c.refused()
	if refused {
		return 0, false
	}
	c.lock(d)
	defer c.unlock()
	return c.decide(anonymous)
}

func (c *Core) decide(anonymous bool) (token uint64, ok bool) {
	switch c.mode {
	case circuit.ForceClose:
		return newToken(c.gen, 0), true
	case circuit.ForceOpen:
		c.total.Refused++
		return 0, false
	}
	c.sealSuccesses() // Admit may change the state
	c.sealRefusals()
	id, ok := c.law.Admit(c.now, anonymous)
	if ok {
		return newToken(c.gen, id), true
	}
	c.law.Refused(c.now)
	if c.mode == circuit.Observe {
		c.total.WouldRefuse++
		return newToken(c.gen&counted, 0), true // its outcome is old from the start
	}
	c.total.Refused++
	return 0, false
}

// Settle is [circuit.Settler]'s.
func (c *Core) Settle(token uint64, o circuit.Outcome) {
	for o == circuit.Success {
		// The cell is read first: if the lease that is read after it ends before the
		// success is counted, counting it fails.
		cell := c.successes.Cell()
		state := cell.Read()
		t := term(c.count.Load())
		if token != uint64(t&genMask) && token != anonymous || t == 0 {
			break
		}
		pace, n := c.pace.Load(), spread.Count(state)+1
		if n&(pace-1) == 0 && (t >= forever || n >= hasty*pace && pace < maxPace || !t.holds(c)) {
			break
		}
		if c.successes.Add(cell, state) {
			return
		}
	}
	c.settle(token, o, 0)
}

// SettleResult is [circuit.ResultSettler]'s.
func (c *Core) SettleResult(token uint64, r circuit.Result) {
	if r.RetryAfter > 0 && r.Outcome.Failed() {
		c.settle(token, r.Outcome, r.RetryAfter)
		return
	}
	c.Settle(token, r.Outcome)
}

// Mark is MarkSuccess and MarkFailed.
func (c *Core) Mark(o circuit.Outcome) { c.Settle(anonymous, o) }

// settle takes an outcome under the lock, and how long the callee asks to be left alone.
func (c *Core) settle(token uint64, o circuit.Outcome, retryAfter time.Duration) {
	c.lock(dice{})
	defer c.unlock()
	if !c.firm && o.Failed() {
		c.sealSuccesses()
	}
	c.tally(o)
	gen, id := parts(token)
	if c.counting() && gen&counted == 0 {
		c.rare.Load().uncounted++
	}
	switch {
	case !c.Deciding():
	case token == anonymous:
		c.law.Mark(c.now, o)
	case gen|c.gen&counted == c.gen:
		if law, ok := c.law.(Adviser); ok && retryAfter > 0 {
			law.Advise(c.now, retryAfter)
		}
		c.law.Settle(c.now, id, o)
	}
}

// Deciding reports whether the law does, as no mode forces the state. For laws.
func (c *Core) Deciding() bool { return c.mode == circuit.Auto || c.mode == circuit.Observe }

func (c *Core) tally(o circuit.Outcome) {
	switch o {
	case circuit.Success:
		c.total.Successes++
	case circuit.Ignored:
		c.total.Ignored++
	case circuit.Overload:
		c.total.Overloads++
		c.total.Failures++
	default:
		c.total.Failures++
	}
}
