package circuittest

import (
	"context"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

func recovery(t T, s Suite) {
	for _, rate := range []float64{0.2, 1, 100, 5000} {
		s.recovers(t, s.tripped(t), rate, 0)

		b := s.New()
		for range s.TripAfter + int(5*rate) { // an outage at this rate
			time.Sleep(time.Duration(float64(time.Second) / rate))
			if p, err := circuit.Acquire(b); err == nil {
				p.Failure()
			}
		}
		s.recovers(t, b, rate, 0)
	}
}

// lostPermits takes many permits, in every state, and settles none.
func lostPermits(t T, s Suite) {
	b := s.New()
	for range 10 * s.TripAfter {
		if _, err := circuit.Acquire(b); err != nil {
			t.Fatalf("a call was refused because earlier ones are still in flight")
		}
	}
	s.trip(t, b)
	for range 10 * s.TripAfter {
		_, _ = circuit.Acquire(b)
	}
	s.recovers(t, b, 100, s.PermitLife)
}

// dueProbe waits until a breaker that refuses all calls admits one.
func (s Suite) dueProbe(t T, b circuit.Breaker) circuit.Permit {
	t.Helper()
	if s.Probes == 0 {
		t.Skipf("the suite has no Probes: no half-open state")
	}
	bound := s.bound(t, 100)
	for range int(bound.Seconds()*100) + 100 {
		time.Sleep(10 * time.Millisecond)
		if p, err := circuit.Acquire(b); err == nil {
			return p
		}
	}
	t.Fatalf("no probe was admitted within %v", bound+time.Second)
	return circuit.Permit{}
}

// lostProbes takes all the probes of a half-open breaker, and settles none.
func lostProbes(t T, s Suite) {
	b := s.tripped(t)
	s.dueProbe(t, b)
	for range 10 * s.Probes {
		_, _ = circuit.Acquire(b)
	}
	s.recovers(t, b, 100, s.PermitLife)
}

func panickingProbe(t T, s Suite) {
	b := s.tripped(t)
	s.dueProbe(t, b).Failure() // the state's change is what Do's panic has to cause as well
	for range 3 {
		s.waitFor(t, b)
		func() {
			defer func() { _ = recover() }()
			_ = circuit.Do(context.Background(), b, func(context.Context) error { panic(errBoom) })
		}()
	}
	s.recovers(t, b, 100, 0)
}

// waitFor waits until b would admit a call, by what it reports, or for as long as
// it may take.
func (s Suite) waitFor(t T, b circuit.Breaker) {
	t.Helper()
	snap, ok := snapshot(b)
	if !ok {
		time.Sleep(s.bound(t, 100))
		return
	}
	time.Sleep(snap.RetryAfter)
}

// ignoredProbe gives probes back: each makes room for the next, and none closes.
func ignoredProbe(t T, s Suite) {
	b := s.tripped(t)
	identity(t, b)
	s.dueProbe(t, b).Ignore()
	for i := range 100 * s.Probes {
		p, err := circuit.Acquire(b)
		if err != nil {
			t.Fatalf("after %d ignored probes the next was refused", i+1)
		}
		p.Ignore()
		p.Ignore() // gives nothing back a second time
	}
	out := 0
	for range 10 * s.Probes {
		if _, err := circuit.Acquire(b); err == nil {
			out++
		}
	}
	if out > s.Probes {
		t.Errorf("after probes that were given back twice, %d are in flight, want %d at most", out, s.Probes)
	}
	if snap, ok := snapshot(b); ok && (snap.State == circuit.Closed || snap.Probes != out) {
		t.Errorf("after ignored probes only: state %v, %d probes in flight, want half-open, %d", snap.State, snap.Probes, out)
	}
}
