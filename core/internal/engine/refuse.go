package engine

import "github.com/go-fusebox/fusebox/core/internal/spread"

// refused reports whether a lease refuses a call. If it threw the dice for that and
// the call was lucky, the law is to judge it by the same throw.
func (c *Core) refused() (refused bool, d dice) {
	if c.refuse.Load() == 0 {
		return false, dice{}
	}
	now := c.clock()
	for {
		// As in Settle, the cell is read first.
		cell := c.refusals.One()
		if c.drop.Load() == Always && c.most.Load() == Always {
			cell = c.refusals.Cell()
		}
		state := cell.Read()
		t := term(c.refuse.Load())
		if t < forever && now >= t.end() || spread.Count(state) >= min(c.most.Load(), farPace) {
			return false, dice{}
		}
		if drop := c.drop.Load(); drop != Always {
			lucky := c.lucky.Load()
			luck := c.luck(c.refusals.Taken() + spread.Count(state) + lucky)
			if luck >= drop {
				if c.lucky.CompareAndSwap(lucky, lucky+1) {
					return false, dice{thrown: true, luck: luck}
				}
				continue
			}
		}
		if c.refusals.Add(cell, state) {
			return true, dice{}
		}
	}
}

// dice is a throw of them, if there was one.
type dice struct {
	thrown bool
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
	if !c.thrown {
		n := c.refusals.Taken() + spread.Count(c.refusals.One().Read())
		c.thrown, c.luckNow = true, c.luck(n+c.lucky.Add(1)-1)
	}
	return c.luckNow < threshold(probability)
}

func threshold(probability float64) uint64 {
	if probability >= 1 {
		return Always
	}
	return uint64(probability * (1 << 64))
}
