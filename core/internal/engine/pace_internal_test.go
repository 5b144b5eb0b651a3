package engine

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// The cells of a counter have 40 bits: each 1<<32 successes on a lease forever one takes
// the lock, and empties them.
func TestLeaseForeverGoesToTheLockEach4GiSuccesses(t *testing.T) {
	c, l := newLazy()
	// As if all but two of them had been counted.
	(*atomic.Uint64)(unsafe.Pointer(c.successes.Cell())).Store(1<<32 - 3)
	c.Mark(circuit.Success)
	c.Mark(circuit.Success)
	if l.leased != 0 {
		t.Fatal("the law heard of the successes before 1<<32")
	}
	c.Settle(newToken(1, 0), circuit.Success)
	if l.leased != 1<<32-1 || l.settled != 1 {
		t.Errorf("the law heard of %d leased and %d settled, want %d and 1", l.leased, l.settled, uint64(1<<32-1))
	}
	c.Mark(circuit.Success)
	if got := c.Snapshot().Total.Successes; got != 1<<32+1 {
		t.Errorf("the total has %d successes, want %d", got, uint64(1<<32+1))
	}
}

// The pace is for a cell each, a power of two, and from 1 to 64; forever it is 1<<32.
func TestPaceOfCells(t *testing.T) {
	for _, tt := range []struct {
		pace  uint64
		cells int
		want  uint64
	}{
		{0, 1, 1}, {1, 1, 1}, {2, 1, 2}, {3, 1, 2}, {4, 1, 4}, {63, 1, 32}, {64, 1, 64}, {65, 1, 64}, {1<<64 - 1, 1, 64},
		{0, 16, 1}, {15, 16, 1}, {31, 16, 1}, {32, 16, 2}, {63, 16, 2}, {64, 16, 4}, {1023, 16, 32}, {1024, 16, 64}, {1 << 20, 16, 64},
		{1023, 1024, 1},
	} {
		if got := pace(Lease{Count: time.Hour, Pace: tt.pace}, tt.cells); got != tt.want {
			t.Errorf("pace %d for %d cells is %d each, want %d", tt.pace, tt.cells, got, tt.want)
		}
		if got := pace(Lease{Count: Forever, Pace: tt.pace}, tt.cells); got != 1<<32 {
			t.Errorf("pace %d forever is %d, want 1<<32", tt.pace, got)
		}
	}
}

// hot makes the counter of successes spread.
func hot(c *Core) {
	for c.successes.Cells() == 1 {
		cell := c.successes.Cell()
		state := cell.Read()
		c.successes.Add(cell, state)
		c.successes.Add(cell, state)
	}
	c.Locked(func(time.Duration) {})
}

func TestPaceIsDividedAmongTheCells(t *testing.T) {
	c, l := New("test", 0), &named{lease: Lease{Count: time.Hour, Pace: 64}}
	c.Govern(l)
	if got := c.pace.Load(); got != 64 {
		t.Errorf("with one cell the pace is %d, want 64", got)
	}
	hot(c)
	if got, want := c.pace.Load(), uint64(64/c.successes.Cells()); got != want || want > 4 {
		t.Errorf("with %d cells the pace is %d, want %d", c.successes.Cells(), got, want)
	}
}

// However high the pace, in no cell are more than 63 successes late.
func TestLateSuccessesInManyCells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, l := New("test", 0), &named{lease: Lease{Count: step, Pace: 1 << 30}}
		c.Govern(l)
		hot(c)
		time.Sleep(step)
		var turn sync.Mutex
		late, in := 0, map[any]int{}
		var all sync.WaitGroup
		for range 32 {
			all.Go(func() {
				for range 100 {
					turn.Lock()
					cell := c.successes.Cell()
					if c.Mark(circuit.Success); l.marks == 0 {
						late++
						in[cell]++
					}
					turn.Unlock()
				}
			})
		}
		all.Wait()
		for _, n := range in {
			if n > 63 {
				t.Errorf("in a cell %d successes came late, want at most 63", n)
			}
		}
		if late < 63 || late > 63*c.successes.Cells() {
			t.Errorf("%d successes came late in %d cells, want from 63 to 63 in each", late, c.successes.Cells())
		}
	})
}

// The same for calls that are refused: the one after them is asked about.
func TestRefusingForeverGoesToTheLockNowAndThen(t *testing.T) {
	c, g := newGate(Lease{Refuse: Forever, Calls: Always, Drop: 1})
	(*atomic.Uint64)(unsafe.Pointer(c.refusals.Cell())).Store(1<<32 - 1)
	_ = c.Allow()
	if g.asked != 0 {
		t.Fatal("the law was asked before 1<<32 calls were refused")
	}
	_ = c.Allow()
	if g.asked != 1 || g.refused != 1<<32 {
		t.Errorf("the law was asked %d times, and told of %d refused calls, want 1 and %d", g.asked, g.refused, uint64(1<<32))
	}
}
