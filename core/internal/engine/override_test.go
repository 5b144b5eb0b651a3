package engine_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
)

func override(t *testing.T, c *engine.Core, m circuit.Mode, d time.Duration) {
	t.Helper()
	if err := c.Override(m, d); err != nil {
		t.Fatal(err)
	}
}

// A law that admits, by leases that need no clock, so that only the override's end can
// make a call look at it.
func TestOverrideEndsToTheNanosecond(t *testing.T) {
	for _, d := range []time.Duration{1, 100 * time.Microsecond, time.Second, time.Second + 1, 24 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			c, _ := newLessor(0, engine.Lease{Admit: engine.Forever, Count: engine.Forever})
			time.Sleep(time.Minute)
			override(t, c, circuit.ForceOpen, d)
			if ends := c.Snapshot().ModeEnds; !ends.Equal(time.Now().Add(d)) {
				t.Errorf("it ends at %v, want %v from now", ends, d)
			}
			if after := c.Snapshot().RetryAfter; after != d {
				t.Errorf("a retry makes sense after %v, want %v", after, d)
			}
			for range 10 {
				refused(t, c, true)
			}
			time.Sleep(d - 1)
			refused(t, c, true)
			time.Sleep(1 * time.Nanosecond)
			refused(t, c, false)
			if s := c.Snapshot(); s.Mode != circuit.Auto || !s.ModeEnds.IsZero() || s.State != circuit.Closed || s.RetryAfter != 0 {
				t.Errorf("after its end the breaker shows %+v", s)
			}
		})
	}
}

func TestForceCloseEndsToTheNanosecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, l := newLessor(0, engine.Lease{Refuse: engine.Forever, Calls: engine.Always, Drop: 1})
		override(t, c, circuit.ForceClose, time.Hour)
		permit := acquire(t, c)
		time.Sleep(time.Hour - 1)
		acquire(t, c).Success()
		c.Mark(circuit.Success)
		if l.successes != 0 {
			t.Errorf("the law heard of %d successes of calls that it didn't admit", l.successes)
		}
		time.Sleep(1 * time.Nanosecond)
		permit.Success() // of a call that nobody decided on: counted, no more
		refused(t, c, true)
		c.Snapshot()
		if l.successes != 0 || l.settled != 0 {
			t.Errorf("the law heard of %d successes and %d outcomes of calls that it didn't admit", l.successes, l.settled)
		}
		wantTotal(t, c, circuit.Counts{Successes: 3, Refused: 1})
	})
}

// The law has the clock looked at for one success in 64: under an override for each.
func TestSuccessEndsAnOverride(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, l := newLessor(0, engine.Lease{Count: time.Hour, Pace: 64})
		setMode(t, c, circuit.ForceOpen)
		override(t, c, circuit.Auto, time.Second)
		c.Mark(circuit.Success)
		time.Sleep(time.Second)
		l.log = nil
		c.Mark(circuit.Success)
		l.wants(t, "at the end", "leased 1 0", "show", "reset") // the second is nobody's any more
		wantTotal(t, c, circuit.Counts{Successes: 2})
	})
}

func TestOverrideWithoutEndStandsUntilReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newLessor(0, engine.Lease{Admit: engine.Forever, Count: engine.Forever})
		for _, d := range []time.Duration{0, 1<<63 - 1} { // the latter is beyond all times
			time.Sleep(time.Second)
			override(t, c, circuit.ForceOpen, d)
			time.Sleep(20 * 365 * 24 * time.Hour)
			refused(t, c, true)
			if s := c.Snapshot(); !s.ModeEnds.IsZero() || s.RetryAfter != 0 {
				t.Errorf("for %v: it ends at %v, a retry makes sense after %v, want neither", d, s.ModeEnds, s.RetryAfter)
			}
			c.Release()
			refused(t, c, false)
		}
		c.Release() // of nothing
		refused(t, c, false)
	})
}

// When the base mode refuses as well, a retry makes no more sense then.
func TestRetryAfterAnOverrideOfARefusingMode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newLessor(0, engine.Lease{})
		override(t, c, circuit.ForceOpen, time.Minute)
		if got := c.Snapshot().RetryAfter; got != time.Minute {
			t.Errorf("a retry makes sense after %v, want a minute", got)
		}
		setMode(t, c, circuit.ForceOpen)
		if got := c.Snapshot().RetryAfter; got != 0 {
			t.Errorf("a retry makes sense after %v, though it is refused then", got)
		}
	})
}

func TestWrongOverrideChangesNothing(t *testing.T) {
	c, _ := newLessor(0, engine.Lease{})
	override(t, c, circuit.ForceOpen, time.Hour)
	before := c.Snapshot()
	for _, err := range []error{c.Override(circuit.Mode(4), time.Hour), c.Override(circuit.Auto, -1)} {
		if err == nil {
			t.Error("no error")
		}
	}
	if err := c.Override(circuit.Auto, -time.Second); err.Error() != "circuit: duration of the override is -1s, must not be negative" {
		t.Errorf("the error is %q", err)
	}
	after := c.Snapshot()
	if after.RetryAfter = before.RetryAfter; after != before {
		t.Errorf("the breaker shows %+v, want %+v still", after, before)
	}
}

// The configuration is reloaded while an operator has a breaker forced open.
func TestSetModeLeavesAnOverrideStanding(t *testing.T) {
	c, l := newScript()
	override(t, c, circuit.ForceOpen, 0)
	gen := c.Snapshot().Since
	l.wants(t, "reset")
	for _, m := range []circuit.Mode{circuit.Observe, circuit.ForceClose, circuit.Auto, circuit.Observe} {
		if err := c.SetMode(m); err != nil {
			t.Fatal(err)
		}
		if s := c.Snapshot(); s.Mode != circuit.ForceOpen || s.BaseMode != m || s.State != circuit.Open || s.Since != gen {
			t.Errorf("with the base mode %v set the breaker shows %+v", m, s)
		}
		refused(t, c, true)
	}
	l.wants(t)
	c.Release()
	if s := c.Snapshot(); s.Mode != circuit.Observe || s.State != circuit.Closed {
		t.Errorf("released, the breaker shows %+v", s)
	}
	l.wants(t, "reset")
}

func TestReasonsTellOverridesFromConfiguration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newLessor(0, engine.Lease{})
		var reasons []string
		c.Observe(func(e circuit.Event) { reasons = append(reasons, e.Reason) })
		setMode(t, c, circuit.ForceOpen)
		override(t, c, circuit.ForceClose, time.Second)
		time.Sleep(time.Second)
		c.Snapshot() // or nobody notices
		override(t, c, circuit.Auto, 0)
		c.Release()
		want := []string{"mode force-open", "override by mode force-close", "override is over, back to mode force-open",
			"override by mode auto", "released to mode force-open"}
		for i := range want {
			if i >= len(reasons) || reasons[i] != want[i] {
				t.Fatalf("the reasons are %q, want %q", reasons, want)
			}
		}
	})
}

// Random histories against the plain rule of which mode is in force.
func TestModesAgainstModel(t *testing.T) {
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 5))
			c, l := newLessor(seed, engine.Lease{Admit: engine.Forever, Count: engine.Forever})
			if seed%3 == 1 {
				l.lease = engine.Lease{Refuse: engine.Forever, Calls: engine.Always, Drop: 1}
				l.refuse = true
			}
			if seed%2 == 1 {
				c.CountAdmissions()
			}
			c.Snapshot() // the first lease was the other one
			var base, laid circuit.Mode
			var overridden bool
			var ends time.Time // zero for never
			var admitted, ended uint64
			var open []circuit.Permit
			for range 200 {
				switch m := circuit.Mode(r.IntN(4)); r.IntN(10) {
				case 0:
					base = m
					if err := c.SetMode(m); err != nil {
						t.Fatal(err)
					}
				case 1, 2:
					d := []time.Duration{0, 1, time.Millisecond, time.Second, time.Minute}[r.IntN(5)]
					overridden, laid, ends = true, m, time.Time{}
					if d > 0 {
						ends = time.Now().Add(d)
					}
					override(t, c, m, d)
				case 3:
					overridden = false
					c.Release()
				case 4, 5:
					time.Sleep([]time.Duration{1, time.Millisecond / 3, time.Second, 45 * time.Second}[r.IntN(4)])
				case 6:
					if len(open) > 0 {
						open[0].Done(circuit.Outcome(r.IntN(4)))
						open = open[1:]
						ended++
					}
				default:
					if overridden && !ends.IsZero() && !time.Now().Before(ends) {
						overridden = false
					}
					mode := base
					if overridden {
						mode = laid
					}
					refuses := mode == circuit.ForceOpen || mode == circuit.Auto && l.refuse
					permit, err := c.Acquire()
					if (err != nil) != refuses {
						t.Fatalf("seed %d: in mode %v (refusing: %v) Acquire returned %v", seed, mode, l.refuse, err)
					}
					if err == nil {
						admitted++
						open = append(open, permit)
					}
				}
				if r.IntN(4) > 0 {
					continue
				}
				if overridden && !ends.IsZero() && !time.Now().Before(ends) {
					overridden = false
				}
				mode := base
				var until time.Time
				if overridden {
					mode, until = laid, ends
				}
				s := c.Snapshot()
				if s.Mode != mode || s.BaseMode != base || !s.ModeEnds.Equal(until) {
					t.Fatalf("seed %d: mode %v over %v until %v, want %v over %v until %v", seed, s.Mode, s.BaseMode, s.ModeEnds, mode, base, until)
				}
				if seed%2 == 1 && (s.Admitted != admitted || s.InFlight != admitted-ended) {
					t.Fatalf("seed %d: %d admitted, %d in flight, want %d, %d", seed, s.Admitted, s.InFlight, admitted, admitted-ended)
				}
			}
		})
	}
}
