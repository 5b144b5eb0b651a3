// Package spread counts what many goroutines do at once.
//
// A [Counter] is one word until goroutines are seen to fight for it. From then on
// it is a word for each of several groups of goroutines, told apart by where their
// stacks lie, each on a cache line of its own.
//
// Who counts holds no lock, and its owner, who does, can still draw a line: [Counter.Seal]
// takes what was counted, and makes every counting that has begun before it and
// not ended begin anew. So it is certain of each count on which side of the line
// it fell.
package spread

import (
	"math/bits"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// Counter is ready for use as its zero value. Whoever counts uses either
// [Counter.Cell] or [Counter.One].
type Counter struct {
	one  Cell
	many atomic.Pointer[[]padded]
	heat heat

	tag   uint64        // the owner's: of the present cells
	taken atomic.Uint64 // by the owner, ever
}

// Cell is a part of a counter: a number that grows, below a tag.
type Cell struct{ word atomic.Uint64 }

type padded struct {
	Cell
	_ [64 - unsafe.Sizeof(Cell{})]byte
}

const (
	countBits = 40
	countMask = 1<<countBits - 1
)

// Cell is the one in which the calling goroutine counts now.
func (c *Counter) Cell() *Cell {
	if many := c.many.Load(); many != nil {
		return &(*many)[place(len(*many))].Cell
	}
	return &c.one
}

// place hashes the address of the goroutine's stack. Stacks are 2 KiB or more.
func place(n int) uint32 {
	var here byte
	stack := uint32(uintptr(unsafe.Pointer(&here)) >> 11) //nolint:gosec // an address to hash, never to follow
	return stack * 0x9e3779b1 >> (32 - bits.Len32(uint32(n-1)))
}

// One is the cell in which everybody counts who needs a number that no other gets.
func (c *Counter) One() *Cell { return &c.one }

// Read is the cell's state, for [Count] and [Counter.Add].
func (c *Cell) Read() uint64 { return c.word.Load() }

// Count is the number in a cell's state: since the owner last took it, which is to
// be before it gets to 1<<40.
func Count(state uint64) uint64 { return state & countMask }

// Add counts one, if the cell is still in that state. When it is not, the caller
// begins anew, from [Counter.Cell] on.
func (c *Counter) Add(cell *Cell, state uint64) bool {
	return cell.word.CompareAndSwap(state, state+1) || c.failed(cell, state)
}

func (c *Counter) failed(cell *Cell, state uint64) bool {
	if cell == &c.one && c.many.Load() == nil && c.heat.collided(c.taken.Load()+Count(state)) {
		c.spread()
	}
	return false
}

// spread makes the cells, once.
func (c *Counter) spread() {
	if c.many.Load() != nil {
		return
	}
	many := make([]padded, max(minCells, 1<<bits.Len(uint(2*runtime.GOMAXPROCS(0)-1))))
	c.many.CompareAndSwap(nil, &many)
}

// minCells makes it rare that two goroutines that run have one cell.
const minCells = 16

// Taken is what the owner has taken, ever.
func (c *Counter) Taken() uint64 { return c.taken.Load() }

// Cells is their number.
func (c *Counter) Cells() int {
	if many := c.many.Load(); many != nil {
		return len(*many)
	}
	return 1
}

// Take is what was counted since the owner last took it. Owner only.
func (c *Counter) Take() (n uint64) {
	n = c.one.take(c.tag)
	if many := c.many.Load(); many != nil {
		for i := range *many {
			n += (*many)[i].take(c.tag)
		}
	}
	if n > 0 {
		c.taken.Store(c.taken.Load() + n)
	}
	return n
}

// Seal is [Counter.Take], after which no Add succeeds with a state from before.
func (c *Counter) Seal() uint64 {
	if c.tag = (c.tag + 1) & (1<<(64-countBits) - 1); c.tag == 0 { // that of new cells
		c.tag = 1
	}
	return c.Take()
}

func (c *Cell) take(tag uint64) uint64 {
	if c.word.Load() == tag<<countBits {
		return 0
	}
	return Count(c.word.Swap(tag << countBits))
}
