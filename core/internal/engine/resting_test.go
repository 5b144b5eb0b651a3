package engine_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
)

// debtor is the plainest law with a lease: a failure is a debt, which a success settles, and
// without one it is at rest. At most debts it opens.
type debtor struct {
	core *engine.Core
	most int

	debts   int
	rested  uint64 // successes that came by Leased
	settled circuit.Counts
	locked  int // calls that were asked about one by one
	sleep   int // refusals after which it closes again; 0 for never
	refused int // since it opened
	resets  int
	wrong   string
}

func newDebtor(most int) (*engine.Core, *debtor) {
	c := engine.New("debtor", 0)
	l := &debtor{core: c, most: most}
	c.Govern(l)
	return c, l
}

func (l *debtor) Admit(time.Duration, bool) (uint32, bool) {
	l.locked++
	return 0, l.core.State() == circuit.Closed
}

func (l *debtor) Refused(time.Duration) {
	if l.refused++; l.refused == l.sleep {
		l.core.Turn(circuit.Closed, "slept")
		l.refused = 0
	}
}

func (l *debtor) Settle(_ time.Duration, id uint32, o circuit.Outcome) {
	if id != 0 {
		l.wrong = "a permit taken at rest came back with an id"
	}
	l.Mark(0, o)
}

func (l *debtor) Mark(_ time.Duration, o circuit.Outcome) {
	switch o {
	case circuit.Ignored:
		l.settled.Ignored++
	case circuit.Success:
		l.settled.Successes++
		l.debts = max(0, l.debts-1)
	default:
		l.settled.Failures++
		if l.debts++; l.debts >= l.most {
			l.core.Turn(circuit.Open, "too many debts")
			l.debts = 0
		}
	}
}

func (l *debtor) Reset(time.Duration) { l.debts, l.resets = 0, l.resets+1 }

func (l *debtor) Show(_ time.Duration, s *circuit.Snapshot) { s.Window.Successes = l.rested }

func (l *debtor) Leased(_ time.Duration, successes, _ uint64) {
	if successes > 0 && (l.core.State() != circuit.Closed || l.debts > 0) {
		l.wrong = "Leased was called with successes while not at rest"
	}
	l.rested += successes
}

func (l *debtor) Lease(time.Duration) (lease engine.Lease) {
	if l.core.State() == circuit.Closed && l.debts == 0 {
		lease.Admit, lease.Count = engine.Forever, engine.Forever
	}
	return lease
}

// wants looks at the law under the lock.
func (l *debtor) wants(t *testing.T, rested uint64, settled circuit.Counts, locked int) {
	t.Helper()
	l.core.Locked(func(time.Duration) {
		if l.rested != rested || l.settled != settled || l.locked != locked {
			t.Errorf("the law has %d successes at rest, %+v settled, %d admissions asked, want %d, %+v, %d",
				l.rested, l.settled, l.locked, rested, settled, locked)
		}
		if l.wrong != "" {
			t.Error(l.wrong)
		}
	})
}

func acquire(t *testing.T, c *engine.Core) circuit.Permit {
	t.Helper()
	p, err := c.Acquire()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRestingCallsPassTheLawBy(t *testing.T) {
	c, l := newDebtor(2)
	for range 10 {
		acquire(t, c).Success()
		if err := c.Allow(); err != nil {
			t.Fatal(err)
		}
		c.Mark(circuit.Success)
	}
	l.wants(t, 20, circuit.Counts{}, 0)
	if got := c.Snapshot().Total; got != (circuit.Counts{Successes: 20}) {
		t.Errorf("the total is %+v, want 20 successes", got)
	}
}

// What is ignored or fails at rest goes to the law one by one, and what comes after
// a failure does too, until it is made up for.
func TestRestEndsWithAFailureAndComesBack(t *testing.T) {
	c, l := newDebtor(5)
	early := acquire(t, c)
	acquire(t, c).Ignore()
	l.wants(t, 0, circuit.Counts{Ignored: 1}, 0)
	acquire(t, c).Done(circuit.Overload)
	c.Mark(circuit.Failure)
	l.wants(t, 0, circuit.Counts{Ignored: 1, Failures: 2}, 0)

	early.Success() // of a permit that was taken at rest, with no turn since
	c.Mark(circuit.Failure)
	late := acquire(t, c)
	l.wants(t, 0, circuit.Counts{Ignored: 1, Failures: 3, Successes: 1}, 1)
	late.Success()
	c.Mark(circuit.Success)
	l.wants(t, 0, circuit.Counts{Ignored: 1, Failures: 3, Successes: 3}, 1)

	late.Success() // at rest again: a permit from before fits as well
	acquire(t, c).Success()
	l.wants(t, 2, circuit.Counts{Ignored: 1, Failures: 3, Successes: 3}, 1)
}

// The order in which one goroutine's results come is the law's order too.
func TestRestedSuccessesComeBeforeTheFailureAfterThem(t *testing.T) {
	c, l := newDebtor(1)
	var before []circuit.Snapshot
	c.Observe(func(e circuit.Event) { before = append(before, e.Before) })
	for range 7 {
		acquire(t, c).Success()
	}
	acquire(t, c).Failure() // trips
	if len(before) != 1 || before[0].Window.Successes != 7 || before[0].Total != (circuit.Counts{Successes: 7, Failures: 1}) {
		t.Errorf("at the turn: %+v, want 7 successes in the window and the total before it", before)
	}
	l.wants(t, 7, circuit.Counts{Failures: 1}, 0)
}

func TestPermitFromRestIsOldNewsAfterATurn(t *testing.T) {
	c, l := newDebtor(1)
	var permits []circuit.Permit
	for range 4 {
		permits = append(permits, acquire(t, c))
	}
	permits[0].Failure() // opens
	if _, err := c.Acquire(); !errors.Is(err, circuit.ErrNotAllowed) {
		t.Fatalf("Acquire while open = %v, want ErrNotAllowed", err)
	}
	permits[1].Success()
	l.wants(t, 0, circuit.Counts{Failures: 1}, 1)

	c.Locked(func(time.Duration) { c.Turn(circuit.Closed, "test") }) // at rest again
	permits[2].Success()
	permits[3].Failure()
	l.wants(t, 0, circuit.Counts{Failures: 1}, 1)
	if got, want := c.Snapshot().Total, (circuit.Counts{Successes: 2, Failures: 2, Refused: 1}); got != want {
		t.Errorf("the total is %+v, want %+v: old news is counted", got, want)
	}
	acquire(t, c).Success()
	l.wants(t, 1, circuit.Counts{Failures: 1}, 1)
}

// What an Auto breaker does on a lease it does in Observe, too; the forced modes have
// leases of their own, of which the law doesn't hear. One mode's leases have ended
// when SetMode returns.
func TestModesHaveTheirLeases(t *testing.T) {
	c, l := newDebtor(2)
	atRest := acquire(t, c)
	for _, m := range []circuit.Mode{circuit.ForceOpen, circuit.ForceClose, circuit.Observe} {
		setMode(t, c, m)
		_, err := c.Acquire()
		if refused := errors.Is(err, circuit.ErrNotAllowed); refused != (m == circuit.ForceOpen) || refused != (c.Allow() != nil) {
			t.Errorf("mode %v: Acquire = %v", m, err)
		}
		atRest.Success()
		c.Mark(circuit.Success)
	}
	l.wants(t, 1, circuit.Counts{}, 0) // of Observe's the bare one: the permit is old news
	setMode(t, c, circuit.Auto)
	acquire(t, c).Success()
	l.wants(t, 2, circuit.Counts{}, 0)
	if got, want := c.Snapshot().Total, (circuit.Counts{Successes: 7, Refused: 2}); got != want {
		t.Errorf("the total is %+v, want %+v", got, want)
	}
}

// After SetMode(ForceOpen) has returned, no goroutine is admitted any more, though
// it was at rest until then.
func TestForceOpenHoldsFromItsReturnOn(t *testing.T) {
	c, _ := newDebtor(2)
	for range 200 {
		var forced, done atomic.Bool
		var callers sync.WaitGroup
		for range 4 {
			callers.Go(func() {
				for !done.Load() {
					wasForced := forced.Load()
					p, err := c.Acquire()
					if wasForced && err == nil {
						t.Error("a call was admitted after SetMode(ForceOpen) had returned")
						return
					}
					p.Success()
				}
			})
		}
		setMode(t, c, circuit.ForceOpen)
		forced.Store(true)
		if c.Allow() == nil {
			t.Error("Allow admitted a call after SetMode(ForceOpen) had returned")
		}
		done.Store(true)
		callers.Wait()
		setMode(t, c, circuit.Auto)
	}
}

// Each goroutine sees its own successes, at least, in a Snapshot that it takes.
func TestSnapshotSeesWhatWasSettledBefore(t *testing.T) {
	c, _ := newDebtor(2)
	var all atomic.Uint64
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 500 {
				acquire(t, c).Success()
				settled := all.Add(1)
				if s := c.Snapshot(); s.Total.Successes < settled || s.Window.Successes != s.Total.Successes {
					t.Errorf("after %d successes the snapshot has %+v", settled, s)
				}
			}
		})
	}
	callers.Wait()
}

// Rest comes and goes many thousand times here, and so do turns: every outcome is
// in the total once, and none reaches the law twice.
func TestTotalsAreExactUnderConcurrency(t *testing.T) {
	for _, tt := range []struct {
		name     string
		most     int // debts
		failures int // in 1000
	}{
		{"nearly always at rest", 1 << 30, 1},
		{"in and out of rest", 1 << 30, 300},
		{"with turns", 3, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, l := newDebtor(tt.most)
			l.sleep = 5
			var ended [4]atomic.Uint64 // by outcome
			var refused, turns atomic.Uint64
			c.Observe(func(circuit.Event) { turns.Add(1) })
			var callers sync.WaitGroup
			for g := range uint64(32) {
				callers.Go(func() {
					src := rand.New(rand.NewPCG(g, 5))
					for i := range 2000 {
						o := circuit.Success
						switch n := src.IntN(1000); {
						case n < tt.failures:
							o = circuit.Failure
						case n == 999:
							o = circuit.Ignored
						}
						var p circuit.Permit
						var err error
						bare := i%3 == 0 && o != circuit.Ignored
						if bare {
							err = c.Allow()
						} else {
							p, err = c.Acquire()
						}
						switch {
						case err != nil:
							refused.Add(1)
							continue
						case bare:
							c.Mark(o)
						default:
							p.Done(o)
						}
						ended[o].Add(1)
					}
				})
			}
			callers.Wait()

			want := circuit.Counts{
				Successes: ended[circuit.Success].Load(),
				Failures:  ended[circuit.Failure].Load(),
				Ignored:   ended[circuit.Ignored].Load(),
				Refused:   refused.Load(),
			}
			if got := c.Snapshot().Total; got != want {
				t.Errorf("the total is %+v, want %+v", got, want)
			}
			c.Locked(func(time.Duration) {
				if l.wrong != "" {
					t.Error(l.wrong)
				}
				if got := l.rested + l.settled.Successes; l.rested == 0 || got > want.Successes {
					t.Errorf("of %d successes %d reached the law at rest and %d one by one", want.Successes, l.rested, l.settled.Successes)
				}
				if got := l.settled.Failures; turns.Load() == 0 && got != want.Failures || got > want.Failures {
					t.Errorf("of %d failures %d reached the law, after %d turns", want.Failures, got, turns.Load())
				}
				if l.locked == 0 || tt.most < 1<<30 && turns.Load() < 10 {
					t.Errorf("%d admissions were asked for, with %d turns: this test proves little", l.locked, turns.Load())
				}
			})
		})
	}
}

// A law that gives no lease hears of every call.
func TestLawThatNeverRests(t *testing.T) {
	c, l := newScript()
	p := acquire(t, c)
	p.Success()
	c.Mark(circuit.Success)
	l.wants(t, "admit", "settle success", "mark success")
}
