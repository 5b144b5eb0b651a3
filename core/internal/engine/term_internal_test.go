package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

const step = time.Duration(1) << timeUnit

func TestTermRoundsDown(t *testing.T) {
	const last = 1<<40 - 3 // steps
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
		{(last + 1) * step, 0}, // which would be nearly forever
		{(last + 2) * step, 0}, // and that forever
		{(last + 3) * step, 0},
		{(last+3)*step + time.Hour, 0},
		{(last + 4) * step * 2, 0},
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
	c.gen = lastGen
	c.CountAdmissions() // which makes it all ones
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

// When a lease to count is over, whoever takes the lock ends it before anything else, since
// the next successes are of another time, to which the holder may take the law.
func TestLeaseThatIsOverEndsWithTheLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, l := newLazy()
		l.until = 2 * step
		c.Locked(func(time.Duration) {})
		for _, tt := range []struct {
			at   time.Duration
			ends bool
		}{{2*step - 1, false}, {2 * step, true}} {
			time.Sleep(tt.at - c.clock())
			c.Mark(circuit.Success)
			c.Locked(func(time.Duration) {
				if ended := c.count.Load() == 0; ended != tt.ends {
					t.Errorf("at %v the lease has ended: %v, want %v", tt.at, ended, tt.ends)
				}
			})
		}
		l.until = Forever
		c.Locked(func(time.Duration) {})
		time.Sleep(1 << 58) // which is when all others are over
		c.Locked(func(time.Duration) {
			if c.count.Load() == 0 {
				t.Error("a lease forever has ended")
			}
		})
	})
}
