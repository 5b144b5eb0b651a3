package circuittest

import "github.com/go-fusebox/fusebox/core/circuit"

// early takes permits of a closed breaker, for results that come late.
func early(t T, b circuit.Breaker, n int) []circuit.Permit {
	t.Helper()
	permits := make([]circuit.Permit, n)
	for i := range permits {
		p, err := circuit.Acquire(b)
		if err != nil {
			t.Fatalf("a fresh breaker refused a call")
		}
		permits[i] = p
	}
	return permits
}

// staleSuccess: calls from before the outage end well during it.
func staleSuccess(t T, s Suite) {
	b := s.New()
	identity(t, b)
	permits := early(t, b, 10*s.TripAfter)
	s.trip(t, b)
	before, reports := snapshot(b)
	for _, p := range permits {
		p.Success()
	}
	if !refusing(b) {
		t.Errorf("%d successes of calls from before the breaker opened closed it", len(permits))
	}
	if after, _ := snapshot(b); reports && after.Window.Successes > before.Window.Successes {
		t.Errorf("they fed the window: %+v, then %+v", before, after)
	}
}

// staleFailure: calls from before and from during the outage fail after it.
func staleFailure(t T, s Suite) {
	b := s.New()
	identity(t, b)
	permits := early(t, b, 10*s.TripAfter)
	s.trip(t, b)
	for range attempts {
		if p, err := circuit.Acquire(b); err == nil { // a share of the calls still passes
			permits = append(permits, p)
		}
	}
	s.recovers(t, b, 100, s.PermitLife) // they are still in flight
	before, reports := snapshot(b)
	for _, p := range permits {
		p.Failure()
	}
	if after, _ := snapshot(b); reports && (after.State != circuit.Closed || after.Window.Failures > before.Window.Failures) {
		t.Errorf("%d failures of calls from before the breaker closed counted: %+v, then %+v", len(permits), before, after)
	}
	if refused := serve(b, 100, 1000); refused > 0 {
		t.Errorf("%d of 100 calls were refused because of failures of calls from before the breaker closed", refused)
	}
}

// staleWhileHalfOpen: they end while a probe is out, whose result alone counts.
func staleWhileHalfOpen(t T, s Suite) {
	b := s.New()
	identity(t, b)
	permits := early(t, b, 2*s.TripAfter)
	s.trip(t, b)
	probe := s.dueProbe(t, b)
	before, reports := snapshot(b)
	for i, p := range permits {
		p.Done(circuit.Outcome(i % 2)) // Success, Failure
	}
	if after, _ := snapshot(b); reports && (after.State != before.State || !after.Since.Equal(before.Since) || after.Probes != before.Probes) {
		t.Errorf("results of calls from before the breaker opened moved it while half-open: %+v, then %+v", before, after)
	}
	probe.Success()
	s.recovers(t, b, 100, 0)
}
