package engine

import (
	"math/bits"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// Lease is what a Core may decide on its own while nobody holds its lock. It is as
// if the law had decided: a lease only says in advance what it would say. Each time
// in it is one before which it holds, 0 for not at all, in the time of the law.
type Lease struct {
	// Admit lets calls through, with id 0.
	Admit time.Duration
	// Count takes the successes of calls with id 0, and anonymous ones: all that
	// they do is count.
	Count time.Duration
	// Firm says that a failure leaves Count standing. If it might not, the failure is
	// told to the law when no success is under way, since it would matter then which
	// of them was first.
	Firm bool
	// Pace, where it is above 1, lets a goroutine look at the clock at one in so many
	// successes alone, as far as that is a power of two and at most maxPace.
	Pace uint64
	// Refuse refuses calls: the next Calls ones, and each with the probability Drop.
	// Others are put to the law. Where both bounds are none, refusing scales best.
	Refuse time.Duration
	Calls  uint64
	Drop   float64
}

// Forever is later than all times, and needs no clock to tell so.
const Forever time.Duration = 1<<63 - 1

// Always is no bound, as Calls.
const Always uint64 = 1<<64 - 1

const (
	// maxPace makes the clock, the dearest part of a call, the cheapest.
	maxPace = 64
	// hasty is the number of looks at the clock after which the law is asked again
	// for the pace.
	hasty = 128
	// farPace is that of what holds forever: the count of a cell must end somewhere.
	farPace = 1 << 32
)

// term is the end of a lease and the generation of permits that it is for, in one
// word: 40 bits of time, 24 of generation. Time goes in steps of about 0.26 ms, and
// a lease ends up to one early; after nine years they all are over.
type term uint64

const (
	timeUnit = 18 // the binary logarithm of a step in nanoseconds
	forever  = term(^uint64(genMask))
	// nearly is a forever that each call takes the longer way for, to be counted.
	nearly = forever - 1<<genBits
)

func newTerm(until time.Duration, gen uint32) term {
	switch steps := uint64(until) >> timeUnit; {
	case until == Forever:
		return forever | term(gen)
	case steps == 0 || steps >= uint64(nearly)>>genBits:
		return 0
	default:
		return term(steps<<genBits | uint64(gen))
	}
}

// holds reports whether it isn't over; it looks at the clock only if it must.
func (t term) holds(c *Core) bool { return t >= nearly || t != 0 && c.clock() < t.end() }

// end is when it is over, if that is not never.
func (t term) end() time.Duration { return time.Duration(t >> genBits << timeUnit) }

// token is that of the permits of a lease.
func (t term) token() uint64 { return uint64(t & genMask) }

// ends reports whether it does so if next takes its place.
func (t term) ends(next term) bool { return t != 0 && (next == 0 || next.token() != t.token()) }

func pace(l Lease, cells int) uint64 {
	if l.Count == Forever {
		return farPace
	}
	n := min(l.Pace/uint64(cells), maxPace)
	return 1 << max(0, bits.Len64(n)-1)
}

// fold passes on what was decided on leases since the lock was last held. If the
// lease to count is over, or the one to refuse is for so many calls, it ends here.
func (c *Core) fold() {
	if t := term(c.count.Load()); t != 0 && t < forever && c.now >= t.end() {
		c.sealSuccesses()
	}
	successes := c.successes.Take()
	if c.refuse.Load() != 0 && c.most.Load() != Always {
		c.refuse.Store(0)
		c.pass(successes, c.refusals.Seal())
		return
	}
	c.pass(successes, c.refusals.Take())
}

func (c *Core) pass(successes, refused uint64) {
	if successes == 0 && refused == 0 {
		return
	}
	c.total.Successes += successes
	c.total.Refused += refused
	if c.Deciding() {
		c.law.Leased(c.now, successes, refused)
	}
}

// sealSuccesses ends the lease to count before something happens that is not to be
// the same whether a success came before it or after.
func (c *Core) sealSuccesses() {
	if c.count.Load() != 0 {
		c.count.Store(0)
		c.pass(c.successes.Seal(), 0)
	}
}

// sealRefusals is the same for the lease to refuse.
func (c *Core) sealRefusals() {
	if c.refuse.Load() != 0 {
		c.refuse.Store(0)
		c.pass(0, c.refusals.Seal())
	}
}

// grant publishes the leases that hold from now on.
func (c *Core) grant() {
	l := c.lease()
	count := newTerm(l.Count, c.gen)
	if old := term(c.count.Load()); old.ends(count) {
		c.count.Store(0)
		c.late(old, c.successes.Seal(), 0)
	}
	refuse := newTerm(l.Refuse, c.gen)
	if old := term(c.refuse.Load()); old.ends(refuse) {
		c.refuse.Store(0)
		c.late(old, 0, c.refusals.Seal())
	}
	c.firm = l.Firm
	publish(&c.pace, pace(l, c.successes.Cells()))
	publish(&c.count, uint64(count))
	admit := newTerm(l.Admit, c.gen)
	if admit >= forever && c.counting() {
		admit = nearly | term(c.gen)
	}
	publish(&c.admit, uint64(admit))
	if l.Refuse > 0 {
		publish(&c.drop, threshold(l.Drop))
		publish(&c.most, l.Calls)
	}
	publish(&c.refuse, uint64(refuse))
}

// late takes what was decided on a lease while the lock was held by what ended it: it
// is as if that had been before, save that it is old news if the state has changed.
func (c *Core) late(old term, successes, refused uint64) {
	if old.token() == newToken(c.gen, 0) {
		c.pass(successes, refused)
		return
	}
	c.total.Successes += successes
	c.total.Refused += refused
}

// lease is the law's, as far as the mode allows and lasts.
func (c *Core) lease() Lease {
	l := c.modeLease()
	if c.ends != 0 {
		l.Admit, l.Count, l.Refuse = min(l.Admit, c.ends), min(l.Count, c.ends), min(l.Refuse, c.ends)
		l.Pace = 1 // the end is not to be missed
	}
	return l
}

func (c *Core) modeLease() Lease {
	switch c.mode {
	case circuit.ForceOpen:
		return Lease{Refuse: Forever, Calls: Always, Drop: 1}
	case circuit.ForceClose:
		return Lease{Admit: Forever, Count: Forever}
	case circuit.Observe:
		l := c.law.Lease(c.now)
		l.Refuse = 0
		return l
	default:
		return c.law.Lease(c.now)
	}
}
