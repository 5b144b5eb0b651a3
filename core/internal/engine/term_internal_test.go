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

const step = time.Duration(1) << timeUnit

func TestTermRoundsDown(t *testing.T) {
	const last = 1<<40 - 2 // steps
	for _, tt := range []struct {
		until time.Duration
		steps uint64 // 0 for no term at all
	}{
		{-1 << 63, 0},
		{-time.Hour, 0},
		{-1, 0},
		{0, 0},
		{1, 0},
		{step - 1, 0},
		{step, 1},
		{step + 1, 1},
		{2*step - 1, 1},
		{2 * step, 2},
		{time.Second, 3814},
		{last * step, last},
		{last*step + step - 1, last},
		{(last + 1) * step, 0}, // which would be forever
		{(last + 2) * step, 0},
		{(last+2)*step + time.Hour, 0},
		{(last + 3) * step * 2, 0},
		{Forever - 1, 0},
		{Forever, 1<<40 - 1},
	} {
		for _, gen := range []uint32{1, 2, 0xabcdef, genMask} {
			got := newTerm(tt.until, gen)
			want := term(0)
			if tt.steps != 0 {
				want = term(tt.steps<<24 | uint64(gen))
			}
			if got != want {
				t.Errorf("newTerm(%d, %#x) = %#x, want %#x", tt.until, gen, got, want)
			}
			if got != 0 && got.token() != newToken(gen, 0) {
				t.Errorf("the token of %#x is %#x, want that of generation %#x and id 0", got, got.token(), gen)
			}
			if isForever := got >= forever; isForever != (tt.until == Forever) {
				t.Errorf("newTerm(%d, %#x) is forever: %v", tt.until, gen, isForever)
			}
		}
	}
}

// None and forever need no clock, and so no core here.
func TestForeverNeedsNoClock(t *testing.T) {
	if term(0).holds(nil) {
		t.Error("no term holds")
	}
	for _, gen := range []uint32{1, genMask} {
		if !newTerm(Forever, gen).holds(nil) {
			t.Errorf("forever, in generation %#x, doesn't hold", gen)
		}
	}
}

// A token has 24 bits of generation and 32 of id, so its highest 8 bits are 0: the one
// that stands for none at all is no token.
func TestTokenLayout(t *testing.T) {
	const maxID = 1<<32 - 1
	for _, gen := range []uint32{0, 1, 0x123456, genMask} {
		for _, id := range []uint32{0, 1, 0x89abcdef, maxID} {
			token := newToken(gen, id)
			if token != uint64(id)<<24|uint64(gen) {
				t.Errorf("newToken(%#x, %#x) = %#x", gen, id, token)
			}
			if g, i := parts(token); g != gen || i != id {
				t.Errorf("of generation %#x and id %#x come %#x and %#x", gen, id, g, i)
			}
			if token == anonymous || token>>56 != 0 {
				t.Errorf("the token %#x is that of a call without one, %#x", token, uint64(anonymous))
			}
		}
	}
	if newToken(genMask, maxID) >= anonymous {
		t.Error("the greatest token is not below that of a call without one")
	}
}

// named is a law that gives its permits the highest id, and may lease all successes of id 0.
type named struct {
	tally
	lease Lease
	id    uint32
	marks int
}

func (l *named) Admit(time.Duration, bool) (uint32, bool)             { return 1<<32 - 1, true }
func (l *named) Lease(time.Duration) Lease                            { return l.lease }
func (l *named) Mark(time.Duration, circuit.Outcome)                  { l.marks++ }
func (l *named) Settle(_ time.Duration, id uint32, _ circuit.Outcome) { l.id = id; l.settled++ }

// A success with an id comes to the law, though those without one are leased; the highest
// id in the last generation is one, too, and not an anonymous call.
func TestSuccessWithAnIDIsNotLeased(t *testing.T) {
	c, l := New("test", 0), &named{lease: Lease{Count: Forever}}
	c.Govern(l)
	c.gen = genMask
	c.Locked(func(time.Duration) {})
	settle, _ := l.acquire(t, c)
	settle()
	if l.settled != 1 || l.id != 1<<32-1 || l.marks != 0 {
		t.Errorf("%d settled, id %#x, %d marked, want 1, 0xffffffff, 0", l.settled, l.id, l.marks)
	}
	c.Mark(circuit.Success)
	c.Settle(newToken(genMask, 0), circuit.Success)
	if got := c.Snapshot().Total.Successes; got != 3 || l.settled != 1 || l.marks != 0 {
		t.Errorf("%d successes, of which %d settled and %d marked, want 3, 1, 0", got, l.settled, l.marks)
	}
}

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
