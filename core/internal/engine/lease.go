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
	// Pace, where it is above 1, lets a goroutine look at the clock at one in so many
	// successes alone, as far as that is a power of two and at most maxPace.
	Pace uint64
	// Refuse refuses calls: the next Calls ones, and each with the probability Drop.
	// Others are put to the law.
	Refuse time.Duration
	Calls  uint64
	Drop   float64
}

// Forever is later than all times, and needs no clock to tell so.
const Forever time.Duration = 1<<63 - 1

// Always, as Calls, is no bound.
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
)

func newTerm(until time.Duration, gen uint32) term {
	switch steps := uint64(until) >> timeUnit; {
	case until == Forever:
		return forever | term(gen)
	case steps == 0 || steps >= uint64(forever)>>genBits:
		return 0
	default:
		return term(steps<<genBits | uint64(gen))
	}
}

// holds reports whether it isn't over; it looks at the clock only if it must.
func (t term) holds(c *Core) bool {
	return t >= forever || t != 0 && c.clock() < time.Duration(t>>genBits<<timeUnit)
}

// token is that of the permits of a lease.
func (t term) token() uint64 { return uint64(t & genMask) }

func pace(l Lease, cells int) uint64 {
	if l.Count == Forever {
		return farPace
	}
	n := min(l.Pace/uint64(cells), maxPace)
	return 1 << max(0, bits.Len64(n)-1)
}

// refused reports whether a lease refuses a call. If it has one and that one does
// not, the call has been counted as refused, and is marked as to be asked about.
func (c *Core) refused() (refused bool, a asking) {
	if !term(c.refuse.Load()).holds(c) {
		return false, asking{}
	}
	n := c.thrown.Add(1)
	if n > c.most.Load() {
		return false, asking{thrown: true}
	}
	drop := c.drop.Load()
	if drop == Always {
		return true, asking{}
	}
	luck := c.luck(n)
	return luck < drop, asking{thrown: true, drawn: true, luck: luck}
}

// asking is what a call brings to the lock.
type asking struct {
	thrown bool // it was counted in thrown
	drawn  bool
	luck   uint64
}

// luck is a number that is as good as random, the n-th of its core: splitmix64, of
// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
func (c *Core) luck(n uint64) uint64 {
	z := c.seed + n*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Drops throws the dice, and reports whether a call is to be refused with that
// probability. For laws, under the lock, once in Admit.
func (c *Core) Drops(probability float64) bool {
	if !c.asked.drawn {
		c.asked = asking{drawn: true, luck: c.luck(c.thrown.Add(1))}
		c.answered++
	}
	return c.asked.luck < threshold(probability)
}

func threshold(probability float64) uint64 {
	if probability >= 1 {
		return Always
	}
	return uint64(probability * (1 << 64))
}

// fold passes on what was decided on leases since the lock was last held.
func (c *Core) fold() {
	successes := c.successes.Take()
	refused := c.thrown.Load() - c.answered
	if int64(refused) < 0 { // of a call that is on its way to the lock, told before
		refused = 0
	}
	if successes == 0 && refused == 0 {
		return
	}
	c.answered += refused
	c.total.Successes += successes
	c.total.Refused += refused
	if c.deciding() {
		c.law.Leased(c.now, successes, refused)
	}
}

// grant publishes the leases that hold from now on.
func (c *Core) grant() {
	l := c.lease()
	count := newTerm(l.Count, c.gen)
	if old := term(c.count.Load()); old != 0 && (count == 0 || count.token() != old.token()) {
		c.revoke(old)
		l = c.lease()
		count = newTerm(l.Count, c.gen)
	}
	publish(&c.pace, pace(l, c.successes.Cells()))
	publish(&c.count, uint64(count))
	publish(&c.admit, uint64(newTerm(l.Admit, c.gen)))
	if l.Refuse > 0 {
		publish(&c.drop, threshold(l.Drop))
		most := l.Calls
		if most != Always {
			most += c.answered
		}
		publish(&c.most, most)
	}
	publish(&c.refuse, uint64(newTerm(l.Refuse, c.gen)))
}

// revoke ends a lease to count. What was counted while the lock was held came
// after what its holder did: it is old news if the state has changed.
func (c *Core) revoke(old term) {
	c.count.Store(0)
	late := c.successes.Seal()
	c.total.Successes += late
	for range late {
		if old.token() == newToken(c.gen, 0) && c.deciding() {
			c.law.Settle(c.now, 0, circuit.Success)
		}
	}
}

// lease is the law's, as far as the mode allows.
func (c *Core) lease() Lease {
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
