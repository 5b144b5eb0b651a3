// Package engine is what all engines share: the lock, the clock, modes,
// generations of permits, totals, leases, and the telling of state changes.
//
// A [Core] is one breaker. What tells one kind of breaker from another is its
// [Law], which the Core asks under its lock. A call goes
//
//	Acquire → law.Admit → token (generation, id) → Settle → law.Settle
//
// and a Settle whose token is of an earlier generation than the present state
// ends at the Core: old news decides nothing.
//
// That is the plain breaker, and what the Core does at its slowest. Nearly always a
// law knows its next answers in advance, and gives a [Lease] for them: calls are
// admitted, or refused, and successes counted, without the lock, and mostly without
// a look at the clock. What was counted is passed on to the law when the lock is
// next taken, before anything else. A lease is given when the lock is released, and
// taken back the next time that the law no longer stands by it.
package engine

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/notify"
	"github.com/go-fusebox/fusebox/core/internal/spread"
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
	// Leased hears of what was decided on the last Lease, which is no longer than
	// that one held: successes that were counted, calls that were refused.
	Leased(now time.Duration, successes, refused uint64)
	// Lease says what the law would decide from now on. It is asked after all others.
	Lease(now time.Duration) Lease
	// Settle takes the outcome of a call that was admitted in this state.
	Settle(now time.Duration, id uint32, o circuit.Outcome)
	// Mark takes the outcome of an anonymous call, Success or Failure.
	Mark(now time.Duration, o circuit.Outcome)
	// Reset makes the law closed and its window empty.
	Reset(now time.Duration)
	// Show fills in Window, DropRatio, Probes and RetryAfter.
	Show(now time.Duration, s *circuit.Snapshot)
}

// Adviser is a Law that heeds what the callee asks for.
type Adviser interface {
	// Advise hears, right before a Settle of a failed call, how long the callee asks to be
	// left alone.
	Advise(now, retryAfter time.Duration)
}

// Core is made by [New].
type Core struct {
	// Every call reads these, which change with the lease.
	admit  atomic.Uint64 // a term
	count  atomic.Uint64 // a term
	pace   atomic.Uint64 // of looking at the clock
	refuse atomic.Uint64 // a term
	drop   atomic.Uint64 // the luck below which a call is refused; Always is all
	most   atomic.Uint64 // refusals until the lock is held
	start  time.Time
	seed   uint64 // of luck

	// These are hardly ever used, and so keep those above and those below on cache
	// lines of their own.
	law     Law
	refusal *circuit.Refusal
	events  notify.Queue
	rare    atomic.Pointer[rare] // nil as long as nothing of it is needed

	// Calls write these.
	successes spread.Counter // on a lease, since the lock was last held
	refusals  spread.Counter // the same
	lucky     atomic.Uint64  // throws of the dice by which no lease refused

	mu         sync.Mutex // for all below
	now        time.Duration
	luckNow    uint64        // as thrown for the call that holds the lock
	since      time.Duration // of the last change of state
	ends       time.Duration // the override, 0 if at no time
	total      circuit.Counts
	gen        uint32       // of permits, its number never 0, so that token 0 is always old; counted, maybe
	mode       circuit.Mode // in force
	base       circuit.Mode // under an override
	state      circuit.State
	overridden bool
	changed    bool // since the lock was taken
	thrown     bool // the dice
	firm       bool // the lease to count
}

// New makes a closed Core in mode Auto; name is the engine's, seed that of
// [Core.Drops].
func New(name string, seed uint64) *Core {
	c := &Core{start: time.Now(), seed: seed, gen: 1}
	c.refusal = circuit.NewRefusal(name, c.retryAfter)
	return c
}

// Govern sets the law, once, before the first call.
func (c *Core) Govern(l Law) {
	c.law = l
	c.Locked(func(time.Duration) {})
}

// Law is what governs c.
func (c *Core) Law() Law { return c.law }

// Locked runs f under the lock.
func (c *Core) Locked(f func(now time.Duration)) {
	c.lock(dice{})
	defer c.unlock()
	f(c.now)
}

// Change is Locked for what changes how the law decides.
func (c *Core) Change(f func(now time.Duration)) {
	c.Locked(func(now time.Duration) {
		c.sealSuccesses()
		f(now)
	})
}

func (c *Core) clock() time.Duration { return time.Since(c.start) }

func (c *Core) lock(d dice) {
	c.mu.Lock()
	c.now, c.thrown, c.luckNow = c.clock(), d.thrown, d.luck
	c.fold()
	if c.ends != 0 && c.now >= c.ends {
		c.release("override is over, back to mode ")
	}
}

// unlock also tells the observers of what changed under the lock.
func (c *Core) unlock() {
	c.grant()
	changed := c.changed
	c.changed = false
	c.mu.Unlock()
	if changed {
		c.events.Deliver()
	}
}

// publish writes only what changed, so that readers keep their copy.
func publish(word *atomic.Uint64, value uint64) {
	if word.Load() != value {
		word.Store(value)
	}
}

// State is the present one. For laws, under the lock.
func (c *Core) State() circuit.State { return c.state }

// Generation is that of the permits of the present state. For laws, under the lock.
func (c *Core) Generation() uint32 { return c.gen & lastGen }

// Turn changes the state, and starts a new generation of permits. For laws,
// under the lock, before they touch their own counts, which the event shows.
func (c *Core) Turn(to circuit.State, reason string) {
	before := c.snapshot()
	c.state, c.since = to, c.now
	switch entered := &c.more().entered; to {
	case circuit.Closed:
		entered.Closed++
	case circuit.HalfOpen:
		entered.HalfOpen++
	case circuit.Open:
		entered.Open++
	}
	c.renew()
	c.events.Push(circuit.Event{From: before.State, To: to, Reason: reason, At: c.start.Add(c.now), Before: before})
	c.changed = true
}

func (c *Core) renew() {
	number := (c.gen + 1) & lastGen
	if number == 0 {
		number = 1
	}
	c.gen = c.gen&counted | number
}
