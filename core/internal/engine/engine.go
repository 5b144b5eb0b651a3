// Package engine is what all engines share: the lock, the clock, modes,
// generations of permits, totals, and the telling of state changes.
//
// A [Core] is one breaker. What tells one kind of breaker from another is its
// [Law], which the Core asks under its lock. A call goes
//
//	Acquire → law.Admit → token (generation, id) → Settle → law.Settle
//
// and a Settle whose token is of an earlier generation than the present state
// ends at the Core: old news decides nothing.
//
// While a [Rester] is at rest, neither Acquire nor the settling of a success takes
// the lock: the one loads a word, the other adds to a counter, which the next
// holder of the lock passes on. That is as if these calls had come just before it.
package engine

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/notify"
)

// Law decides for a Core. Its methods are called under the Core's lock, now being
// the time since the Core was made, which never goes back. A Law changes the
// state through [Core.Turn] alone.
type Law interface {
	// Admit decides on one call. The id, below 1<<32, comes back with the
	// call's outcome. An anonymous call comes back through Mark instead.
	Admit(now time.Duration, anonymous bool) (id uint32, ok bool)
	// Refused hears of each call that Admit refused.
	Refused(now time.Duration)
	// Settle takes the outcome of a call that was admitted in this state.
	Settle(now time.Duration, id uint32, o circuit.Outcome)
	// Mark takes the outcome of an anonymous call, Success or Failure.
	Mark(now time.Duration, o circuit.Outcome)
	// Reset makes the law closed and its window empty.
	Reset(now time.Duration)
	// Show fills in Window, DropRatio, Probes and RetryAfter.
	Show(now time.Duration, s *circuit.Snapshot)
}

// Rester is a Law that can be at rest: closed, and in such a state that a success
// changes nothing but counts. The Core asks AtRest, under its lock, while closed.
type Rester interface {
	Law
	AtRest() bool
	// Rested hears of n successes at rest, some time later.
	Rested(now time.Duration, n uint64)
}

// Core is made by [New].
type Core struct {
	resting atomic.Uint64 // the token of all permits while the law is at rest; else 0
	rested  atomic.Uint64 // successes at rest that were not passed on yet

	law     Law
	rester  Rester // the law, if it is one
	refusal *circuit.Refusal
	events  notify.Queue
	start   time.Time

	mu      sync.Mutex
	now     time.Duration // as read under the lock
	mode    circuit.Mode
	state   circuit.State
	since   time.Duration // of the last change of state
	gen     uint32        // of permits; never 0, so that token 0 is always old
	total   circuit.Counts
	changed bool // since the lock was taken
}

// New makes a closed Core in mode Auto; name is the engine's.
func New(name string) *Core {
	c := &Core{start: time.Now(), gen: 1}
	c.refusal = circuit.NewRefusal(name, c.retryAfter)
	return c
}

// Govern sets the law, once, before the first call.
func (c *Core) Govern(l Law) {
	c.law = l
	c.rester, _ = l.(Rester)
	c.Locked(func(time.Duration) {}) // it may be at rest
}

// Locked runs f under the lock.
func (c *Core) Locked(f func(now time.Duration)) {
	c.lock()
	defer c.unlock()
	f(c.now)
}

func (c *Core) lock() {
	c.mu.Lock()
	c.now = time.Since(c.start)
	if c.rested.Load() > 0 {
		n := c.rested.Swap(0)
		c.total.Successes += n
		if c.resting.Load() != 0 {
			c.rester.Rested(c.now, n)
		}
	}
}

// unlock also tells the observers of what changed under the lock.
func (c *Core) unlock() {
	changed := c.changed
	c.changed = false
	if c.rester != nil {
		var token uint64
		if c.state == circuit.Closed && c.mode == circuit.Auto && c.rester.AtRest() {
			token = uint64(c.gen) << 32
		}
		if c.resting.Load() != token {
			c.resting.Store(token)
		}
	}
	c.mu.Unlock()
	if changed {
		c.events.Deliver()
	}
}

// State is the present one. For laws, under the lock.
func (c *Core) State() circuit.State { return c.state }

// Turn changes the state, and starts a new generation of permits. For laws,
// under the lock, before they touch their own counts, which the event shows.
func (c *Core) Turn(to circuit.State, reason string) {
	before := c.snapshot()
	c.state, c.since = to, c.now
	c.renew()
	c.events.Push(circuit.Event{From: before.State, To: to, Reason: reason, At: c.start.Add(c.now), Before: before})
	c.changed = true
}

func (c *Core) renew() {
	if c.gen++; c.gen == 0 {
		c.gen = 1
	}
}

// Acquire is [circuit.Acquirer]'s.
func (c *Core) Acquire() (circuit.Permit, error) {
	if token := c.resting.Load(); token != 0 {
		return circuit.NewPermit(c, token), nil
	}
	c.lock()
	token, ok := c.admit(false)
	c.unlock()
	if !ok {
		return circuit.Permit{}, c.refusal
	}
	return circuit.NewPermit(c, token), nil
}

// Allow is [circuit.Breaker]'s.
func (c *Core) Allow() error {
	if c.resting.Load() != 0 {
		return nil
	}
	c.lock()
	_, ok := c.admit(true)
	c.unlock()
	if !ok {
		return c.refusal
	}
	return nil
}

func (c *Core) admit(anonymous bool) (token uint64, ok bool) {
	switch c.mode {
	case circuit.ForceClose:
		return uint64(c.gen) << 32, true
	case circuit.ForceOpen:
		c.total.Refused++
		return 0, false
	}
	id, ok := c.law.Admit(c.now, anonymous)
	if ok {
		return uint64(c.gen)<<32 | uint64(id), true
	}
	c.law.Refused(c.now)
	if c.mode == circuit.Observe {
		c.total.WouldRefuse++
		return 0, true // its outcome is old from the start
	}
	c.total.Refused++
	return 0, false
}

// Settle is [circuit.Settler]'s.
func (c *Core) Settle(token uint64, o circuit.Outcome) {
	if o == circuit.Success && token != 0 && token == c.resting.Load() {
		c.rested.Add(1)
		return
	}
	c.lock()
	defer c.unlock()
	c.count(o)
	if uint32(token>>32) == c.gen && c.deciding() {
		c.law.Settle(c.now, uint32(token), o)
	}
}

// Mark is MarkSuccess and MarkFailed.
func (c *Core) Mark(o circuit.Outcome) {
	if o == circuit.Success && c.resting.Load() != 0 {
		c.rested.Add(1)
		return
	}
	c.lock()
	defer c.unlock()
	c.count(o)
	if c.deciding() {
		c.law.Mark(c.now, o)
	}
}

func (c *Core) deciding() bool { return c.mode == circuit.Auto || c.mode == circuit.Observe }

func (c *Core) count(o circuit.Outcome) {
	switch o {
	case circuit.Success:
		c.total.Successes++
	case circuit.Ignored:
		c.total.Ignored++
	default:
		c.total.Failures++
	}
}

// SetMode is [circuit.ModeSetter]'s.
func (c *Core) SetMode(m circuit.Mode) error {
	if _, err := m.MarshalText(); err != nil {
		return err
	}
	c.lock()
	defer c.unlock()
	if m == c.mode {
		return nil
	}
	wasDeciding := c.deciding()
	to := circuit.Closed
	if m == circuit.ForceOpen {
		to = circuit.Open
	}
	if afresh := !wasDeciding || m == circuit.ForceOpen || m == circuit.ForceClose; afresh {
		if to != c.state {
			c.Turn(to, "mode "+m.String())
		} else {
			c.renew()
		}
		c.law.Reset(c.now)
	}
	c.mode = m
	return nil
}

// Observe is [circuit.Observable]'s.
func (c *Core) Observe(o circuit.Observer) (stop func()) { return c.events.Observe(o) }

// Snapshot is [circuit.Reporter]'s.
func (c *Core) Snapshot() circuit.Snapshot {
	c.lock()
	defer c.unlock()
	return c.snapshot()
}

func (c *Core) snapshot() circuit.Snapshot {
	s := circuit.Snapshot{State: c.state, Mode: c.mode, Since: c.start.Add(c.since), Total: c.total}
	c.law.Show(c.now, &s)
	switch c.mode {
	case circuit.ForceOpen:
		s.DropRatio = 1
	case circuit.ForceClose:
		s.DropRatio = 0
	}
	return s
}

func (c *Core) retryAfter() (time.Duration, bool) {
	after := c.Snapshot().RetryAfter
	return after, after > 0
}
