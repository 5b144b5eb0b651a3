package circuittest

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// unknown is a kind that no breaker knows of, as one of a later version.
const unknown = circuit.Kind(99)

var kinds = []circuit.Kind{
	circuit.KindPlain, circuit.KindTimeout, circuit.KindBadRequest, circuit.KindInterrupt,
	circuit.KindConcurrencyReject, circuit.KindShortCircuit, unknown,
}

// end ends one call by r, and reports false if it was refused.
func end(t T, b circuit.Breaker, r circuit.Result) (admitted bool) {
	t.Helper()
	p, err := circuit.Acquire(b)
	if err != nil {
		return false
	}
	defer func() {
		if v := recover(); v != nil {
			t.Errorf("a call that ended as %+v made the breaker panic: %v", r, v)
		}
	}()
	p.End(r)
	return true
}

// resultCounts: a call counts once and as its Outcome says, whatever else is known of it.
func resultCounts(t T, s Suite) {
	as[circuit.Reporter](t, s.New())
	identity(t, s.New())
	for outcome, want := range map[circuit.Outcome]circuit.Counts{
		circuit.Success:    {Successes: 1},
		circuit.Failure:    {Failures: 1},
		circuit.Ignored:    {Ignored: 1},
		circuit.Overload:   {Failures: 1, Overloads: 1},
		circuit.Outcome(7): {Failures: 1},
	} {
		for _, kind := range kinds {
			for _, after := range []time.Duration{0, time.Second, -time.Second} {
				b := s.New()
				counter, counts := circuit.As[circuit.AdmissionCounter](b)
				if counts {
					counter.CountAdmissions()
				}
				r := circuit.Result{Outcome: outcome, Kind: kind, RetryAfter: after, Duration: min(after, 0)}
				if !end(t, b, r) {
					t.Fatalf("a fresh breaker refused a call")
				}
				snap, _ := snapshot(b)
				if snap.Total != want {
					t.Errorf("a call that ended as %+v counts as %+v, want %+v", r, snap.Total, want)
				}
				if counts && (snap.Admitted != 1 || snap.InFlight != 0) {
					t.Errorf("after one call that ended as %+v: %d admitted, %d in flight, want 1, 0", r, snap.Admitted, snap.InFlight)
				}
			}
		}
	}
}

// resultDecides: failures trip the breaker, of whatever kind, and ignored calls don't.
func resultDecides(t T, s Suite) {
	for _, kind := range kinds {
		b := s.New()
		s.untilRefused(t, b, "fail, as "+kind.String(), func() bool {
			return !end(t, b, circuit.Result{Outcome: circuit.Failure, Kind: kind, RetryAfter: time.Second})
		})
	}
	identity(t, s.New())
	for _, kind := range kinds {
		b := s.New()
		for range 10 * s.TripAfter {
			if !end(t, b, circuit.Result{Outcome: circuit.Ignored, Kind: kind, RetryAfter: time.Hour}) {
				t.Fatalf("a call was refused after ignored ones only, of kind %v", kind)
			}
		}
		if snap, ok := snapshot(b); ok && (snap.State != circuit.Closed || snap.Window.Successes+snap.Window.Failures > 0) {
			t.Errorf("ignored calls of kind %v were judged: %+v", kind, snap)
		}
	}
}

// retryAfterIsBounded: a callee that asks to be left alone for good, or makes a mistake,
// is asked again within the suite's Recovery all the same.
func retryAfterIsBounded(t T, s Suite) {
	for _, after := range []time.Duration{100 * 365 * 24 * time.Hour, -time.Hour} {
		b := s.New()
		r := circuit.Result{Outcome: circuit.Failure, RetryAfter: after}
		s.untilRefused(t, b, "ask to be left alone", func() bool { return !end(t, b, r) })
		s.recovers(t, b, 100, 0)
	}
}
