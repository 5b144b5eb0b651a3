package engine

import (
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// tally is a law that admits everything and counts what reaches it.
type tally struct{ settled int }

func (l *tally) Admit(time.Duration, bool) (uint32, bool)            { return 5, true }
func (l *tally) Refused(time.Duration)                               {}
func (l *tally) Leased(time.Duration, uint64, uint64)                {}
func (l *tally) Lease(time.Duration) Lease                           { return Lease{} }
func (l *tally) Settle(_ time.Duration, _ uint32, _ circuit.Outcome) { l.settled++ }
func (l *tally) Mark(time.Duration, circuit.Outcome)                 {}
func (l *tally) Reset(time.Duration)                                 {}
func (l *tally) Show(time.Duration, *circuit.Snapshot)               {}
func (l *tally) turn(c *Core, to circuit.State)                      { c.Locked(func(time.Duration) { c.Turn(to, "test") }) }
func (l *tally) acquire(t *testing.T, c *Core) (settle func(), g uint32) {
	t.Helper()
	permit, err := c.Acquire()
	if err != nil {
		t.Fatal(err)
	}
	return permit.Success, c.gen
}

// The generation has 23 bits and wraps. Generation 0 is that of a token that is
// old from the start, so a Core must never be in it.
func TestGenerationWrapsPastZero(t *testing.T) {
	c, l := New("test", 0), &tally{}
	c.Govern(l)
	c.gen = lastGen - 1
	settleBefore, _ := l.acquire(t, c)
	l.turn(c, circuit.Open)
	if c.gen != lastGen {
		t.Fatalf("the generation is %d, want the last one", c.gen)
	}
	settleLast, _ := l.acquire(t, c)
	l.turn(c, circuit.HalfOpen)
	if c.gen != 1 {
		t.Fatalf("after the last generation comes %d, want 1", c.gen)
	}
	settleNow, _ := l.acquire(t, c)

	settleBefore()
	settleLast()
	c.Settle(0, circuit.Success)
	c.Settle(newToken(0, 5), circuit.Success)
	if l.settled != 0 {
		t.Errorf("%d old outcomes reached the law, want none", l.settled)
	}
	settleNow()
	if l.settled != 1 {
		t.Errorf("the outcome of this generation reached the law %d times, want once", l.settled)
	}
	if got := c.Snapshot().Total.Successes; got != 5 {
		t.Errorf("the total has %d successes, want all 5, old or not", got)
	}
}

// A change of mode that keeps the state starts a generation too.
func TestModeChangeRenewsTheGeneration(t *testing.T) {
	c, l := New("test", 0), &tally{}
	c.Govern(l)
	c.gen = lastGen
	settle, _ := l.acquire(t, c)
	for _, m := range []circuit.Mode{circuit.ForceClose, circuit.Auto} {
		if err := c.SetMode(m); err != nil {
			t.Fatal(err)
		}
	}
	if c.gen != 2 {
		t.Errorf("the generation is %d, want 2", c.gen)
	}
	settle()
	if l.settled != 0 {
		t.Error("the outcome of a call from before the operator's intervention reached the law")
	}
}

// lazy is a tally that leases all it can.
type lazy struct {
	tally
	core   *Core
	leased uint64
	until  time.Duration // to count; 0 is forever
}

func (l *lazy) Leased(_ time.Duration, successes, _ uint64) { l.leased += successes }
func (l *lazy) Lease(time.Duration) Lease {
	if l.core.State() != circuit.Closed {
		return Lease{}
	}
	if l.until != 0 {
		return Lease{Admit: Forever, Count: l.until, Pace: 64}
	}
	return Lease{Admit: Forever, Count: Forever}
}

func newLazy() (*Core, *lazy) {
	c := New("test", 0)
	l := &lazy{core: c}
	c.Govern(l)
	return c, l
}

// A lease is for a generation, and 0 means none.
func TestLeasesAcrossTheWrap(t *testing.T) {
	c, l := newLazy()
	c.gen = lastGen
	c.Locked(func(time.Duration) {}) // leases in the last generation
	settleLast, _ := l.acquire(t, c)
	settleLast()
	l.turn(c, circuit.Open)
	if admit, count := c.admit.Load(), c.count.Load(); admit != 0 || count != 0 {
		t.Errorf("while open the leases are %#x and %#x, want 0", admit, count)
	}
	l.turn(c, circuit.Closed)
	if got := term(c.count.Load()); c.gen != 2 || got != forever|2 {
		t.Errorf("in generation %d the lease is %#x, want one forever for generation 2", c.gen, got)
	}
	settleNow, _ := l.acquire(t, c)
	settleLast()
	settleNow()
	c.Settle(0, circuit.Success) // the zero token is never that of a lease
	if got := c.Snapshot().Total.Successes; got != 4 || l.leased != 2 || l.settled != 0 {
		t.Errorf("%d successes are counted, %d on a lease, %d came one by one, want 4, 2, 0", got, l.leased, l.settled)
	}
}

// Of a success that saw the lease before a turn, and is about to be counted after it,
// the counting fails, so that it comes to the lock, where it is old news.
func TestCountingThatATurnInterrupts(t *testing.T) {
	c, l := newLazy()
	cell := c.successes.Cell()
	state := cell.Read()
	l.turn(c, circuit.Open)
	l.turn(c, circuit.Closed)
	if c.successes.Add(cell, state) {
		t.Error("a success was counted by what was read before the turn")
	}
}
