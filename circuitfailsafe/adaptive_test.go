package circuitfailsafe_test

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/circuittest"
	"github.com/go-fusebox/fusebox/core/credit"
)

func newAdaptive(t *testing.T, c circuitfailsafe.AdaptiveConfig) bulkhead.Limit {
	t.Helper()
	l, err := circuitfailsafe.NewAdaptiveLimit(c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// traffic is a call each millisecond, by one goroutine, so that a run is always the same.
type traffic struct {
	*testing.T
	b    circuit.Breaker
	out  []flight
	lost int // calls that are never settled, of those to come
}

type flight struct {
	permit circuit.Permit
	end    time.Time
	result circuit.Result
}

// run is calls for that many seconds, each of which takes so long and ends so.
func (f *traffic) run(seconds int, takes time.Duration, r circuit.Result) {
	f.Helper()
	for range seconds * 1000 {
		time.Sleep(time.Millisecond)
		kept := f.out[:0]
		for _, c := range f.out {
			if c.end.After(time.Now()) {
				kept = append(kept, c)
			} else {
				c.permit.End(c.result)
			}
		}
		f.out = kept
		permit, err := circuit.Acquire(f.b)
		switch {
		case err == nil && f.lost > 0:
			f.lost--
		case err == nil:
			f.out = append(f.out, flight{permit, time.Now().Add(takes), r})
		case !errors.Is(err, bulkhead.ErrFull) || !errors.Is(err, circuit.ErrNotAllowed):
			f.Fatalf("refused with %v, want ErrFull", err)
		}
	}
}

var wentWell, wentWrong = circuit.Result{}, circuit.Result{Outcome: circuit.Failure}

func wantMax(t *testing.T, l bulkhead.Limit, when string, want int) {
	t.Helper()
	if got := l.Stats().Max; got != want {
		t.Errorf("%s, the limit is %d, want %d", when, got, want)
	}
}

// The limit moves by one in a second: that is failsafe-go's law for limits of this size.
func TestAdaptsToLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newAdaptive(t, circuitfailsafe.AdaptiveConfig{})
		f := &traffic{T: t, b: bulkhead.Guard(nil, l)}
		wantMax(t, l, "at first", 20)
		f.run(30, 20*time.Millisecond, wentWell)
		wantMax(t, l, "after 30 s of 20 ms", 50)
		f.run(30, 200*time.Millisecond, wentWell)
		wantMax(t, l, "after 30 s of 200 ms", 26)
		f.run(30, 20*time.Millisecond, wentWell)
		wantMax(t, l, "after 30 s of 20 ms again", 56)
	})
}

// Clients that make few calls each need it.
func TestQuickerWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newAdaptive(t, circuitfailsafe.AdaptiveConfig{Window: 100 * time.Millisecond, MinSamples: 5})
		f := &traffic{T: t, b: bulkhead.Guard(nil, l)}
		f.run(3, 20*time.Millisecond, wentWell)
		wantMax(t, l, "after 3 s of 20 ms", 50)
		f.run(10, 200*time.Millisecond, wentWell)
		wantMax(t, l, "after 10 s of 200 ms", 31)
	})
}

// In a jam all calls end by their deadline: if these didn't count, nothing would.
func TestDeadlinesCountAsTheirTime(t *testing.T) {
	for name, r := range map[string]circuit.Result{
		"told by the outcome alone": wentWrong,
		"told":                      {Outcome: circuit.Failure, Kind: circuit.KindTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newAdaptive(t, circuitfailsafe.AdaptiveConfig{})
				f := &traffic{T: t, b: bulkhead.Guard(nil, l)}
				f.run(10, 20*time.Millisecond, wentWell)
				wantMax(t, l, "after 10 s", 30)
				f.run(25, 500*time.Millisecond, r)
				wantMax(t, l, "after 25 s of deadlines", 14)
			})
		})
	}
}

// Who takes them for a callee that is fast, finds it slow when it works again.
func TestQuickFailuresTellNothing(t *testing.T) {
	for name, r := range map[string]circuit.Result{
		"failure":                   wentWrong,
		"refusal by the callee":     {Outcome: circuit.Overload},
		"deadline shorter than all": {Outcome: circuit.Failure, Kind: circuit.KindTimeout},
		"cancelled":                 {Outcome: circuit.Ignored, Kind: circuit.KindInterrupt},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newAdaptive(t, circuitfailsafe.AdaptiveConfig{})
				f := &traffic{T: t, b: bulkhead.Guard(nil, l)}
				f.run(10, 20*time.Millisecond, wentWell)
				f.run(1, time.Millisecond, r) // by then, the last successes are in
				before := l.Stats().Max
				f.run(30, time.Millisecond, r)
				wantMax(t, l, "after 30 s of quick failures", before)
				f.run(10, 20*time.Millisecond, wentWell)
				wantMax(t, l, "10 s later", before+10)
			})
		})
	}
}

// Cancelled calls say nothing either, however long they took.
func TestSlowIgnoredCallsTellNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newAdaptive(t, circuitfailsafe.AdaptiveConfig{})
		f := &traffic{T: t, b: bulkhead.Guard(nil, l)}
		f.run(10, 20*time.Millisecond, wentWell)
		f.run(1, 500*time.Millisecond, circuit.Result{Outcome: circuit.Ignored})
		before := l.Stats().Max
		f.run(30, 500*time.Millisecond, circuit.Result{Outcome: circuit.Ignored})
		wantMax(t, l, "after 30 s of calls that were given up", before)
	})
}

// Until the first success, there is no telling which failures are quick.
func TestFailuresFromTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newAdaptive(t, circuitfailsafe.AdaptiveConfig{})
		f := &traffic{T: t, b: bulkhead.Guard(nil, l)}
		f.run(10, 500*time.Millisecond, wentWrong)
		wantMax(t, l, "after failures", 20)
		f.run(10, 500*time.Millisecond, circuit.Result{Outcome: circuit.Failure, Kind: circuit.KindTimeout})
		if got := l.Stats().Max; got == 20 {
			t.Error("the limit has learnt nothing from deadlines")
		}
	})
}

func TestLostCallsDontTakePlacesForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newAdaptive(t, circuitfailsafe.AdaptiveConfig{Min: 10, Max: 10, Lifetime: time.Minute})
		f := &traffic{T: t, b: bulkhead.Guard(nil, l), lost: 10}
		f.run(60, 5*time.Millisecond, wentWell)
		if s := l.Stats(); s.InFlight != 10 || s.Rejected == 0 {
			t.Errorf("with all places lost, stats are %+v", s)
		}
		f.run(1, 5*time.Millisecond, wentWell)
		rejected := l.Stats().Rejected
		f.run(60, 5*time.Millisecond, wentWell)
		if s, want := l.Stats(), (bulkhead.Stats{InFlight: 5, Max: 10, Rejected: rejected, Expired: 10}); s != want {
			t.Errorf("after their lifetime, stats are %+v, want %+v", s, want)
		}
	})
}

// failsafe-go gives a place back each time that a permit is told to.
func TestAdaptivePlacesAreGivenBackOnce(t *testing.T) {
	l := newAdaptive(t, circuitfailsafe.AdaptiveConfig{Min: 5, Max: 5})
	g := bulkhead.Guard(nil, l)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 500 {
				p, err := circuit.Acquire(g)
				if err != nil {
					continue
				}
				if n := l.Stats().InFlight; n > 5 {
					t.Errorf("%d calls are in flight, want 5 at most", n)
				}
				all.Go(p.Ignore)
				p.Success()
			}
		})
	}
	all.Wait()
	for range 5 {
		if _, err := circuit.Acquire(g); err != nil {
			t.Fatal("a place was lost")
		}
	}
	if _, err := circuit.Acquire(g); !errors.Is(err, bulkhead.ErrFull) {
		t.Errorf("a sixth call: %v, want ErrFull", err)
	}
}

// A limiter that the user builds, and goes on to use himself.
func TestAdaptiveLimitOfOnesOwn(t *testing.T) {
	limiter := adaptivelimiter.NewBuilder[string]().WithLimits(1, 5, 2).WithQueueing(2, 3).Build()
	l, err := circuitfailsafe.AdaptiveLimit(limiter, 0)
	if err != nil {
		t.Fatal(err)
	}
	own, ok := limiter.TryAcquirePermit()
	p, err := l.Acquire()
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	if _, err := l.Acquire(); !errors.Is(err, bulkhead.ErrFull) { // and doesn't wait in the queue
		t.Errorf("a third call: %v, want ErrFull", err)
	}
	if got, want := l.Stats(), (bulkhead.Stats{InFlight: 1, Max: 2, Rejected: 1}); got != want || limiter.Inflight() != 2 {
		t.Errorf("stats are %+v and %d, want %+v and 2", got, limiter.Inflight(), want)
	}
	own.Record()
	p.Success()
	if limiter.Inflight() != 0 {
		t.Errorf("%d places are taken, want none", limiter.Inflight())
	}
}

// As long as it doesn't bind, a breaker with an adaptive limit is one as without.
func TestContractWithAdaptiveLimit(t *testing.T) {
	circuittest.Suite{
		New: func() circuit.Breaker {
			b, err := credit.New(credit.Config{})
			if err != nil {
				t.Fatal(err)
			}
			return bulkhead.Guard(b, newAdaptive(t, circuitfailsafe.AdaptiveConfig{Min: 10_000, Lifetime: time.Minute}))
		},
		Recovery: func(rate float64) time.Duration {
			return 5*time.Second + time.Duration(float64(time.Second)/rate)
		},
		PermitLife: 10 * time.Second,
	}.Run(t)
}
