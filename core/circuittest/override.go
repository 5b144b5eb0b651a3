package circuittest

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// override has an operator force the breaker open and closed for a while.
func override(t T, s Suite) {
	b := s.New()
	setter := as[circuit.ModeSetter](t, b)
	lay := func(m circuit.Mode, d time.Duration) {
		t.Helper()
		if err := setter.Override(m, d); err != nil {
			t.Fatalf("Override(%v, %v): %v", m, d, err)
		}
	}
	lay(circuit.ForceOpen, time.Minute)
	time.Sleep(time.Minute - time.Second)
	if refused := serve(b, 99, 100); refused != 99 {
		t.Errorf("%d of 99 calls were refused in the last second of an override that forces the breaker open, want all", refused)
	}
	time.Sleep(10 * time.Millisecond)
	if refused := serve(b, 100, 100); refused > 0 {
		t.Errorf("%d of 100 calls were refused though the override is over", refused)
	}
	lay(circuit.ForceOpen, 0)
	time.Sleep(24 * time.Hour)
	setMode := setter.SetMode(circuit.Observe)
	if refused := serve(b, 100, 100); setMode != nil || refused != 100 {
		t.Errorf("SetMode under an override returned %v, then %d of 100 calls were refused, want all", setMode, refused)
	}
	if snap, ok := snapshot(b); ok && (snap.Mode != circuit.ForceOpen || snap.BaseMode != circuit.Observe || !snap.ModeEnds.IsZero()) {
		t.Errorf("the override without end shows as %v over %v until %v", snap.Mode, snap.BaseMode, snap.ModeEnds)
	}
	setter.Release()
	if snap, ok := snapshot(b); ok && (snap.Mode != circuit.Observe || snap.State != circuit.Closed) {
		t.Errorf("released, the breaker is %v in mode %v, want closed, observe", snap.State, snap.Mode)
	}
	before, ok := snapshot(b)
	if setter.Override(circuit.Mode(99), 0) == nil || setter.Override(circuit.ForceOpen, -1) == nil {
		t.Errorf("an override by a mode that does not exist, or for less than no time, is no error")
	}
	if after, _ := snapshot(b); ok && after != before {
		t.Errorf("a wrong override changed the breaker to %+v", after)
	}
}

// admissions counts calls in flight.
func admissions(t T, s Suite) {
	b := s.New()
	as[circuit.AdmissionCounter](t, b).CountAdmissions()
	var open []circuit.Permit
	for range 10 {
		p, err := circuit.Acquire(b)
		if err != nil {
			t.Fatalf("a healthy breaker refused: %v", err)
		}
		open = append(open, p)
	}
	for i, p := range open {
		snap, ok := snapshot(b)
		if ok && (snap.Admitted != 10 || snap.InFlight != uint64(10-i)) {
			t.Errorf("%d admitted, %d in flight, want 10, %d", snap.Admitted, snap.InFlight, 10-i)
		}
		p.Done([]circuit.Outcome{circuit.Success, circuit.Ignored}[i%2])
	}
	if snap, ok := snapshot(b); ok && (snap.Admitted != 10 || snap.InFlight != 0) {
		t.Errorf("%d admitted, %d in flight, want 10, 0", snap.Admitted, snap.InFlight)
	}
}
