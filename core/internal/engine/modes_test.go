package engine_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
)

func setMode(t *testing.T, c *engine.Core, m circuit.Mode) {
	t.Helper()
	if err := c.SetMode(m); err != nil {
		t.Fatal(err)
	}
	if got := c.Snapshot().Mode; got != m {
		t.Fatalf("the mode is %v, want %v", got, m)
	}
}

func TestAutoAsksTheLaw(t *testing.T) {
	c, l := newScript()
	permit, err := c.Acquire()
	if err != nil {
		t.Fatal(err)
	}
	permit.Ignore()
	if err := c.Allow(); err != nil {
		t.Fatal(err)
	}
	c.Mark(circuit.Failure)
	l.wants(t, "admit", "settle ignored", "admit anonymous", "mark failure")

	l.refuse = true
	if permit, err := c.Acquire(); !errors.Is(err, circuit.ErrNotAllowed) || permit != (circuit.Permit{}) {
		t.Errorf("a refused Acquire = %v, %v, want the zero Permit and ErrNotAllowed", permit, err)
	}
	if err := c.Allow(); !errors.Is(err, circuit.ErrNotAllowed) || err.Error() != "script: call not allowed" {
		t.Errorf("a refused Allow = %v, want ErrNotAllowed by the engine's name", err)
	}
	l.wants(t, "admit", "refused", "admit anonymous", "refused")
	want := circuit.Counts{Failures: 1, Ignored: 1, Refused: 2}
	if got := c.Snapshot().Total; got != want {
		t.Errorf("the total is %+v, want %+v", got, want)
	}
}

func TestObserveModeCountsAndNeverRefuses(t *testing.T) {
	c, l := newScript()
	setMode(t, c, circuit.Observe)
	l.wants(t) // nothing is reset: Auto and Observe decide alike
	admitted, _ := c.Acquire()
	l.refuse = true
	would, err := c.Acquire()
	if err != nil || c.Allow() != nil {
		t.Fatalf("Observe refused: %v", err)
	}
	would.Failure() // of a call that would not have been made: not the law's business
	admitted.Success()
	l.wants(t, "admit", "admit", "refused", "admit anonymous", "refused", "settle success")
	want := circuit.Counts{Successes: 1, Failures: 1, WouldRefuse: 2}
	if got := c.Snapshot().Total; got != want {
		t.Errorf("the total is %+v, want %+v", got, want)
	}
	setMode(t, c, circuit.Auto)
	l.wants(t)
}

func TestForceOpenRefusesEverything(t *testing.T) {
	c, l := newScript()
	permit, _ := c.Acquire()
	setMode(t, c, circuit.ForceOpen)
	l.wants(t, "admit", "reset")
	if _, err := c.Acquire(); !errors.Is(err, circuit.ErrNotAllowed) {
		t.Errorf("Acquire = %v, want ErrNotAllowed", err)
	}
	if err := c.Allow(); !errors.Is(err, circuit.ErrNotAllowed) {
		t.Errorf("Allow = %v, want ErrNotAllowed", err)
	}
	permit.Failure()
	c.Mark(circuit.Success)
	l.wants(t)
	s := c.Snapshot()
	if s.State != circuit.Open || s.DropRatio != 1 || s.Total != (circuit.Counts{Successes: 1, Failures: 1, Refused: 2}) {
		t.Errorf("the snapshot is %+v, want open, ratio 1, one of each outcome and 2 refused", s)
	}
	setMode(t, c, circuit.Auto)
	l.wants(t, "reset")
	if s := c.Snapshot(); s.State != circuit.Closed {
		t.Errorf("back in Auto the state is %v, want closed", s.State)
	}
}

func TestForceCloseAdmitsEverything(t *testing.T) {
	c, l := newScript()
	l.refuse = true
	l.turn(circuit.Open, "test")
	setMode(t, c, circuit.ForceClose)
	l.wants(t, "reset")
	permit, err := c.Acquire()
	if err != nil || c.Allow() != nil {
		t.Errorf("ForceClose refused: %v", err)
	}
	permit.Failure()
	c.Mark(circuit.Failure)
	l.wants(t)
	if s := c.Snapshot(); s.State != circuit.Closed || s.DropRatio != 0 || s.Total.Failures != 2 {
		t.Errorf("the snapshot is %+v, want closed, ratio 0, 2 failures", s)
	}
	// What was admitted by force is not the law's, even when it decides again.
	setMode(t, c, circuit.Observe)
	l.log = nil
	permit.Failure()
	l.wants(t)
}

func TestModeChangesTellObservers(t *testing.T) {
	c, l := newScript()
	var heard []string
	stop := c.Observe(func(e circuit.Event) {
		heard = append(heard, e.From.String()+" → "+e.To.String()+": "+e.Reason)
	})
	for _, m := range []circuit.Mode{
		circuit.Observe, circuit.ForceClose, circuit.ForceOpen, circuit.ForceOpen, circuit.ForceClose, circuit.ForceOpen, circuit.Observe,
	} {
		setMode(t, c, m)
	}
	stop()
	l.turn(circuit.Open, "unheard")
	want := []string{
		"closed → open: mode force-open", "open → closed: mode force-close",
		"closed → open: mode force-open", "open → closed: mode observe",
	}
	if !slices.Equal(heard, want) {
		t.Errorf("observers heard %q, want %q", heard, want)
	}
}

func TestUnknownModeIsAnError(t *testing.T) {
	c, _ := newScript()
	setMode(t, c, circuit.Observe)
	err := c.SetMode(circuit.Mode(9))
	if err == nil || err.Error() != "circuit: Mode is 9, must be at most 3" {
		t.Errorf("SetMode(9) = %v, want an error that names the value", err)
	}
	if got := c.Snapshot().Mode; got != circuit.Observe {
		t.Errorf("the mode is %v after an error, want it unchanged", got)
	}
}
