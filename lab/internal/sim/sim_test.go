package sim_test

import (
	"context"
	"errors"
	"math"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

// tally admits the first calls of each client, and counts what it is told.
type tally struct {
	admit     int // calls; negative is all
	successes int
	failures  int
	overloads int
}

func (t *tally) Acquire() (circuit.Permit, error) {
	if t.admit == 0 {
		return circuit.Permit{}, circuit.ErrNotAllowed
	}
	t.admit--
	return circuit.NewPermit(t, 0), nil
}

func (t *tally) Settle(_ uint64, o circuit.Outcome) {
	switch o {
	case circuit.Success:
		t.successes++
	case circuit.Overload:
		t.overloads++
	default:
		t.failures++
	}
}

func (t *tally) Allow() error { _, err := t.Acquire(); return err }
func (t *tally) MarkSuccess() { t.successes++ }
func (t *tally) MarkFailed()  { t.failures++ }

// play runs s, with breakers that admit so many calls, and adds up what they heard.
func play(t *testing.T, s sim.Scenario, told bool, admit int) (r *sim.Result, heard tally) {
	t.Helper()
	if s.Phases == nil {
		s.Phases = []sim.Phase{{Rate: 1, Capacity: 1}}
	}
	synctest.Test(t, func(t *testing.T) {
		var all []*tally
		var err error
		r, err = sim.Run(t.Context(), s, 1, told, func(int) circuit.Breaker {
			all = append(all, &tally{admit: admit})
			return all[len(all)-1]
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range all {
			heard.successes += b.successes
			heard.failures += b.failures
			heard.overloads += b.overloads
		}
	})
	return r, heard
}

// near is within a share of what is wanted.
func near(got int, want, share float64) bool { return math.Abs(float64(got)-want) <= share*want }

func minute(clients int, rate float64) sim.Scenario {
	return sim.Scenario{Duration: time.Minute, Traffic: sim.Traffic{Clients: clients, Rate: rate}}
}

// Calls come at the rate of the phase, to each client alike, or half to the first.
func TestTraffic(t *testing.T) {
	s := minute(4, 1000)
	s.Phases = []sim.Phase{{Rate: 1}, {At: 30 * time.Second, Rate: .1}}
	s.Traffic.First = .5
	r, heard := play(t, s, true, -1)
	if first, last := r.Sum(0, 30*time.Second), r.Sum(30*time.Second, time.Minute); !near(first.Offered, 30_000, .02) || !near(last.Offered, 3000, .06) {
		t.Errorf("%d and %d calls, want about 30,000 and 3,000", first.Offered, last.Offered)
	}
	for i, want := range []float64{.625, .125, .125, .125} {
		if c := r.Clients[i]; !near(c.Offered, want*33_000, .05) || c.Served != c.Offered {
			t.Errorf("client %d: %d of %d calls served, want all, and a share of %v", i, c.Served, c.Offered, want)
		}
	}
	if all := r.Sum(0, s.Duration); heard.successes != all.Served || all.Served != all.Offered || r.FirstTrip != -1 {
		t.Errorf("%d successes were told of %+v, want all; first refused at %v", heard.successes, all, r.FirstTrip)
	}
}

// The backend serves its capacity, less what its refusals cost.
func TestOverload(t *testing.T) {
	for _, told := range []bool{true, false} {
		s := minute(2, 1000)
		s.Backend = sim.Backend{Capacity: 200, Queue: 100 * time.Millisecond, RefusalCost: .1}
		r, heard := play(t, s, told, -1)
		all := r.Sum(0, s.Duration)
		// x served and 1000-x refused: x + (1000-x)/10 = 200.
		if want := 60 * 100 / .9; !near(all.Served, want, .05) {
			t.Errorf("%d served, want about %v", all.Served, want)
		}
		overloads, failures := all.Wasted, 0
		if !told {
			overloads, failures = 0, all.Wasted
		}
		if heard.overloads != overloads || heard.failures != failures || all.Wasted == 0 {
			t.Errorf("told %v: heard of %d overloads and %d failures, of %d", told, heard.overloads, heard.failures, all.Wasted)
		}
	}
}

// Late work is wasted, yet done; a call that hangs ends at its deadline.
func TestDeadline(t *testing.T) {
	s := minute(1, 400)
	s.Backend = sim.Backend{Capacity: 200, Queue: 2 * time.Second, RefusalCost: .1}
	s.Traffic.Deadline = time.Second
	r, heard := play(t, s, true, -1)
	if late := r.Sum(10*time.Second, time.Minute); late.Served != 0 || !near(late.Wasted, 20_000, .03) || heard.overloads == 0 {
		t.Errorf("%+v of a queue that is longer than the deadline, want nothing served", late)
	}
	s = minute(1, 100)
	s.Traffic.Deadline = time.Second
	s.Phases = []sim.Phase{{Rate: 1, Hang: true}}
	r, heard = play(t, s, true, -1)
	if first := r.Sum(0, time.Second); first.Wasted != 0 || heard.failures != r.Sum(0, time.Minute).Wasted || !near(heard.failures, 5900, .05) {
		t.Errorf("%d failures, %d of them in the first second, want about 5,900 and none", heard.failures, first.Wasted)
	}
}

// Each call that fails is tried again as often as it may be, where it was refused
// by the client, too, only if that is asked for.
func TestRetries(t *testing.T) {
	s := minute(1, 100)
	s.Phases = []sim.Phase{{Rate: 1, Errors: 1}, {At: 50 * time.Second, Errors: 1}} // the last of them end in time
	s.Traffic.Retries = sim.Retries{Max: 2, Backoff: 10 * time.Millisecond}
	for _, c := range []struct {
		admit            int
		refused          bool
		reached, refuses float64 // attempts by call
	}{{-1, false, 3, 0}, {-1, true, 3, 0}, {0, false, 0, 1}, {0, true, 0, 3}} {
		s.Traffic.Retries.Refused = c.refused
		r, _ := play(t, s, true, c.admit)
		all := r.Sum(0, s.Duration)
		if n := float64(all.Offered); float64(all.Reached) != c.reached*n || float64(all.Refused) != c.refuses*n {
			t.Errorf("%+v: %d reached and %d refused of %v calls", c, all.Reached, all.Refused, n)
		}
	}
}

// What is said of the first refusal, and of clients without a success.
func TestResult(t *testing.T) {
	s := minute(2, 100)
	s.Phases = []sim.Phase{{Rate: 1}, {At: 10 * time.Second, Rate: 1, Errors: 1}, {At: 30 * time.Second, Rate: 1}}
	r, _ := play(t, s, true, -1)
	if gap := r.LongestGap(); gap < 20*time.Second || gap > 21*time.Second || r.Seen != r.Sum(0, time.Minute).Wasted {
		t.Errorf("longest gap %v, %d failures seen; want 20 s, and all", gap, r.Seen)
	}
	r, _ = play(t, minute(1, 100), true, 7)
	if at := r.FirstTrip; at < 10*time.Millisecond || at > time.Second || r.Refusals[0] != at || r.Seen != 0 {
		t.Errorf("first refused at %v and %v, with %d failures; want the eighth call's time, and none", at, r.Refusals[0], r.Seen)
	}
	if gap := r.LongestGap(); gap < 59*time.Second {
		t.Errorf("longest gap %v, want all the time after the seventh call", gap)
	}
	one := sim.Result{Clients: []sim.Client{{Offered: 10, Served: 9}, {Offered: 20, Served: 3}, {}}}
	if jain, want := one.Jain(), 144./(3*90); jain != want || one.Least() != .15 {
		t.Errorf("fairness %v, least served %v, want %v, .15", jain, one.Least(), want)
	}
}

// A seed gives the same run again, and all breakers the same calls.
func TestSeed(t *testing.T) {
	s := minute(3, 200)
	s.Phases = []sim.Phase{{Rate: 1, Errors: .3}}
	s.Traffic.Retries = sim.Retries{Max: 1, Backoff: time.Millisecond}
	first, _ := play(t, s, true, -1)
	if again, _ := play(t, s, true, -1); !reflect.DeepEqual(first, again) {
		t.Error("the same seed gives another run")
	}
	other, _ := play(t, s, true, 0)
	for i, b := range other.Bins {
		if b.Offered != first.Bins[i].Offered {
			t.Fatalf("step %d: %d calls to one breaker, %d to another", i, first.Bins[i].Offered, b.Offered)
		}
	}
}

func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r, err := sim.Run(ctx, minute(1, 1), 1, true, func(int) circuit.Breaker { return circuit.Disabled{} })
		if r != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("%v, %v, want nothing and %v", r, err, context.Canceled)
		}
	})
}
