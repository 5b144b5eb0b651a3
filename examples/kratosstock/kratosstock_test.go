package main

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/examples/internal/memnet"
)

// play runs a history through real Kratos clients to a real Kratos server, over
// connections in memory.
func play(t *testing.T, h history) []*lane {
	t.Helper()
	l := memnet.Listen()
	lanes, err := run(t.Context(), h, l, l.DialContext)
	if err != nil {
		t.Fatal(err)
	}
	return lanes
}

// Three calls each 100 ms, answered 20 ms later, failing from 1 s to 3 s. The
// circuit opens at 1420 ms, when half of the window's calls have failed, and its
// probes are the calls at 1900, 2400, 2900 and 3400 ms; the last one passes. So
// passes all from 3500 ms on, in our middleware and in Kratos' with MarksRefusals.
//
// Kratos' alone marks the calls beside a probe as failed, which ends the probe:
// the circuit opens again at once, and again each 500 ms, and never closes.
func TestHystrix(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const ms = time.Millisecond
		want := []struct {
			passed, failed, refused int
			lastRefusal             time.Duration
			state                   circuit.State
			total                   circuit.Counts
		}{
			{106, 18, 56, 3400 * ms, circuit.Closed, circuit.Counts{Successes: 106, Failures: 18, Refused: 56}},
			{106, 18, 56, 3400 * ms, circuit.Closed, circuit.Counts{Successes: 106, Failures: 18, Refused: 56}},
			{36, 18, 126, 5900 * ms, circuit.Open, circuit.Counts{Successes: 36, Failures: 18 + 126, Refused: 126}},
		}
		for i, l := range play(t, withHystrix) {
			w, s := want[i], l.breaker.Snapshot()
			if l.passed != w.passed || l.failed != w.failed || l.refused != w.refused || l.lastRefusal != w.lastRefusal {
				t.Errorf("%s: %d passed, %d failed, %d refused, the last at %v; want %d, %d, %d, %v", l.name,
					l.passed, l.failed, l.refused, l.lastRefusal, w.passed, w.failed, w.refused, w.lastRefusal)
			}
			if s.State != w.state || s.Total != w.total {
				t.Errorf("%s: at the end %v with %+v, want %v with %+v", l.name, s.State, s.Total, w.state, w.total)
			}
		}
	})
}

// 200 calls a second, failing from 1 s to 2 s. Which calls sre refuses is left to
// chance, so the count is held against the drop ratio that the breaker showed
// before each call; what the breaker counts must be what happened, exactly.
func TestSRE(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const (
			far = 6 // standard deviations, which chance doesn't make
			// One window and one bucket after the last failure, which is in
			// the fault's last tick, nothing is refused any more.
			bound = 2*time.Second - 5*time.Millisecond + 550*time.Millisecond
		)
		lanes := play(t, withSRE)
		for i, l := range lanes {
			misled := i == 2
			if sum := l.passed + l.failed + l.refused; sum != 1200 {
				t.Errorf("%s: %d calls, want 1200", l.name, sum)
			}
			want := circuit.Counts{Successes: uint64(l.passed), Failures: uint64(l.failed), Refused: uint64(l.refused)}
			if misled {
				want.Failures += uint64(l.refused)
			}
			if got := l.breaker.Snapshot().Total; got != want {
				t.Errorf("%s: the breaker counts %+v, want %+v", l.name, got, want)
			}
			if s := l.sigmas(); s > far || s < -far {
				t.Errorf("%s: %d refused, the drop ratios sum up to %.1f, which is %.1f sigmas away", l.name, l.refused, l.expected, s)
			}
			if (l.lastRefusal > bound) != misled {
				t.Errorf("%s: the last refusal is at %v, want it after %v: %v", l.name, l.lastRefusal, bound, misled)
			}
		}
		// 10,000 runs of the engine by itself refused 120 to 196 calls, 140 in
		// the middle, and 209 to 939 when misled, the last at 2.7 s or later.
		for _, l := range lanes[:2] {
			if l.refused < 100 || l.refused > 260 {
				t.Errorf("%s: %d refused, want about 140", l.name, l.refused)
			}
		}
	})
}
