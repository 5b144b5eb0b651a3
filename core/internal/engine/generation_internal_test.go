package engine

import (
	"math"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// tally is a law that admits everything and counts what reaches it.
type tally struct{ settled int }

func (l *tally) Admit(time.Duration, bool) (uint32, bool)            { return 5, true }
func (l *tally) Refused(time.Duration)                               {}
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

// The generation has 32 bits and wraps. Generation 0 is that of a token that is
// old from the start, so a Core must never be in it.
func TestGenerationWrapsPastZero(t *testing.T) {
	c, l := New("test"), &tally{}
	c.Govern(l)
	c.gen = math.MaxUint32 - 1
	settleBefore, _ := l.acquire(t, c)
	l.turn(c, circuit.Open)
	if c.gen != math.MaxUint32 {
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
	c.Settle(5, circuit.Success)
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
	c, l := New("test"), &tally{}
	c.Govern(l)
	c.gen = math.MaxUint32
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

// lazy is a tally that is always at rest.
type lazy struct {
	tally
	rested uint64
}

func (l *lazy) AtRest() bool                     { return true }
func (l *lazy) Rested(_ time.Duration, n uint64) { l.rested += n }

// The token of rest is made of the generation, and 0 means no rest.
func TestRestLastsAcrossTheWrap(t *testing.T) {
	c, l := New("test"), &lazy{}
	c.Govern(l)
	c.gen = math.MaxUint32
	c.Locked(func(time.Duration) {}) // at rest in the last generation
	settleLast, _ := l.acquire(t, c)
	settleLast()
	l.turn(c, circuit.Open)
	if got := c.resting.Load(); got != 0 {
		t.Errorf("while open the token of rest is %#x, want 0", got)
	}
	l.turn(c, circuit.Closed)
	if got := c.resting.Load(); c.gen != 2 || got != 2<<32 {
		t.Errorf("in generation %d the token of rest is %#x, want that of generation 2", c.gen, got)
	}
	settleNow, _ := l.acquire(t, c)
	settleLast()
	settleNow()
	c.Settle(0, circuit.Success) // the zero token is never that of rest
	if got := c.Snapshot().Total.Successes; got != 4 || l.rested != 2 || l.settled != 0 {
		t.Errorf("%d successes are counted, %d were at rest, %d came one by one, want 4, 2, 0", got, l.rested, l.settled)
	}
}

// A success that saw the rest and is counted only after a turn is in the total, and
// not the law's business any more.
func TestSuccessAtRestThatComesAfterATurn(t *testing.T) {
	c, l := New("test"), &lazy{}
	c.Govern(l)
	l.turn(c, circuit.Open)
	c.rested.Add(1) // what Settle does last
	if got := c.Snapshot().Total.Successes; got != 1 || l.rested != 0 {
		t.Errorf("%d successes are counted, and %d reached the law, want 1 and none", got, l.rested)
	}
}
