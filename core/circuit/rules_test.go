package circuit_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/circuittest"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
)

// The rules that every engine and adapter keeps, one test each. Those of a
// transport (13, 14, 15, and the transports' part of 2, 4 and 5) have their tests
// in the adapters, under the same names.

func newCredit() circuit.Breaker {
	b, err := credit.New(credit.Config{})
	if err != nil {
		panic(err)
	}
	return b
}

func newSRE() circuit.Breaker {
	b, err := sre.New(sre.Config{})
	if err != nil {
		panic(err)
	}
	return b
}

func newHystrix() circuit.Breaker {
	b, err := hystrix.New(hystrix.Config{})
	if err != nil {
		panic(err)
	}
	return b
}

var suites = map[string]circuittest.Suite{
	"credit": {
		New:        newCredit,
		TripAfter:  8,
		Recovery:   func(rate float64) time.Duration { return 5*time.Second + time.Duration(10e9/rate) },
		PermitLife: 10 * time.Second,
	},
	"sre": {
		New:       newSRE,
		TripAfter: 30,
		Recovery:  func(float64) time.Duration { return 3300 * time.Millisecond },
	},
	"hystrix": {
		New:        newHystrix,
		TripAfter:  30,
		Recovery:   func(rate float64) time.Duration { return 5500*time.Millisecond + time.Duration(2e9/rate) },
		PermitLife: 10 * time.Second,
		Probes:     1,
	},
}

// keeps runs these checks of the conformance suite over every engine.
func keeps(t *testing.T, checks ...string) {
	t.Helper()
	for _, want := range checks {
		found := false
		for _, c := range circuittest.Checks() {
			if c.Name != want {
				continue
			}
			found = true
			for name, suite := range suites {
				t.Run(name+"/"+want, func(t *testing.T) {
					if c.RealTime {
						c.Run(t, suite)
						return
					}
					synctest.Test(t, func(t *testing.T) { c.Run(t, suite) })
				})
			}
		}
		if !found {
			t.Errorf("the suite has no check %s", want)
		}
	}
}

func TestRule1RefusedCallIsNotMarked(t *testing.T) {
	keeps(t, "RefusalsAreNoFailures", "MarkedRefusals")
}

func TestRule2NoCallCanWedge(t *testing.T) {
	keeps(t, "LostPermits", "LostProbes", "PanicCounts", "GoexitCounts", "PanickingProbe")
}

func TestRule3OldNewsDecidesNothing(t *testing.T) {
	keeps(t, "StaleSuccess", "StaleFailure", "StaleWhileHalfOpen")
}

func TestRule4CallersCancelIsIgnored(t *testing.T) {
	keeps(t, "CancelIsIgnored", "DeadlineCounts", "IgnoredProbe")
}

func TestRule5OneTable(t *testing.T) {
	for _, told := range []bool{false, true} { // when to retry, which changes the kind of a failure alone
		failures := map[string][]int{}
		for status := range 1000 {
			if circuit.OutcomeOfHTTP(status, told).Failed() {
				failures["HTTP"] = append(failures["HTTP"], status)
			}
		}
		for code := range 100 {
			if circuit.OutcomeOfGRPC(uint32(code), told).Failed() {
				failures["gRPC"] = append(failures["gRPC"], code)
			}
		}
		wantRule5(t, failures)
	}
	keeps(t, "OverloadCounts")
}

func wantRule5(t *testing.T, failures map[string][]int) {
	t.Helper()
	want := []int{429, 500}
	for status := 502; status < 600; status++ {
		want = append(want, status)
	}
	if got := failures["HTTP"]; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("HTTP failures are %v, want %v", got, want)
	}
	if got := failures["gRPC"]; fmt.Sprint(got) != "[2 4 8 13 14 15]" {
		t.Errorf("gRPC failures are %v", got)
	}
}

func TestRule6NoLockWhileUserCodeRuns(t *testing.T) {
	keeps(t, "ObserverMayCallBack", "ObserverPanics", "Events", "EventsInOrder")

	// The function, the classifier and the fallback may use the breaker, too.
	for name, suite := range suites {
		t.Run(name, func(t *testing.T) {
			b := suite.New()
			use := func() {
				p, err := circuit.Acquire(b)
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				p.Ignore()
			}
			err := circuit.Do(context.Background(), b,
				func(context.Context) error { use(); return errors.New("failed") },
				circuit.WithClassifier(func(context.Context, error) circuit.Outcome { use(); return circuit.Failure }),
				circuit.WithFallback(func(context.Context, error) error { use(); return nil }))
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRule7ProbesAreBounded(t *testing.T) {
	keeps(t, "ProbeBound")

	t.Run("jitter by default", func(t *testing.T) {
		synctest.Test(t, func(*testing.T) {
			ends := map[time.Duration]bool{}
			for range 100 {
				b := newHystrix()
				for range 20 {
					p, err := circuit.Acquire(b)
					if err != nil {
						t.Fatal(err)
					}
					p.Failure()
				}
				after, ok := circuit.RetryAfter(b.Allow())
				if !ok || after < 5*time.Second || after > 5500*time.Millisecond {
					t.Errorf("open for %v, want 5 s to 5.5 s", after)
				}
				ends[after] = true
			}
			if len(ends) < 90 {
				t.Errorf("100 open periods have %d lengths", len(ends))
			}
		})
	})
}

func TestRule8RecoveryHasABound(t *testing.T) {
	keeps(t, "Recovery", "ConcurrentOutage")
}

func TestRule9KeysAreBounded(t *testing.T) {
	const limit = 100
	for name, suite := range suites {
		t.Run(name, func(t *testing.T) {
			g := group.New(func(string) circuit.Breaker { return suite.New() }, group.WithCap(limit))
			broken := g.Get("broken")
			for range 30 {
				broken.MarkFailed()
			}
			for i := range 100 * limit {
				g.Get(fmt.Sprint("key ", i)).MarkSuccess()
			}
			if g.Len() > limit {
				t.Errorf("%d keys, want %d at most", g.Len(), limit)
			}
			if g.Get("broken") != broken {
				t.Error("a flood of keys evicted a breaker with failures")
			}
		})
	}
}

func TestRule10TimeIsMonotonic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // whose clock the engines follow, having no other
		b := newHystrix()
		for range 20 {
			b.MarkFailed()
		}
		first, _ := circuit.RetryAfter(b.Allow())
		time.Sleep(3 * time.Second)
		second, _ := circuit.RetryAfter(b.Allow())
		if first-second != 3*time.Second {
			t.Errorf("after 3 s the time to retry went from %v to %v", first, second)
		}
	})
}

func TestRule11NoGoroutineOfItsOwn(t *testing.T) {
	for name, suite := range suites {
		t.Run(name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			g := group.New(func(string) circuit.Breaker { return suite.New() })
			told := 0
			g.Observe(func(circuit.Event) { told++ })
			for i := range 100 {
				b := g.Get(fmt.Sprint(i))
				for range 100 {
					if p, err := circuit.Acquire(b); err == nil {
						p.Failure()
					}
				}
			}
			if told != 100 {
				t.Errorf("the observer was told of %d changes, want 100, and by the callers themselves", told)
			}
			if after := runtime.NumGoroutine(); after > before {
				t.Errorf("%d goroutines, then %d", before, after)
			}
		})
	}
}

func TestRule12BadConfigurationIsAnError(t *testing.T) {
	_, creditErr := credit.New(credit.Config{Gain: 1})
	_, sreErr := sre.New(sre.Config{K: math.NaN()})
	_, hystrixErr := hystrix.New(hystrix.Config{ErrorPercentThreshold: 101})
	for _, c := range []struct {
		err         error
		pkg, field  string
		wantMessage string
	}{
		{creditErr, "credit", "Gain", "credit: Gain is 1, must be above 1 and at most 2"},
		{sreErr, "sre", "K", "sre: K is NaN, must be above 1 and at most 1000"},
		{hystrixErr, "hystrix", "ErrorPercentThreshold",
			"hystrix: ErrorPercentThreshold is 101, must be above 0 and at most 100, or negative for no such rule"},
	} {
		var field *circuit.FieldError
		if !errors.As(c.err, &field) || field.Package != c.pkg || field.Field != c.field {
			t.Errorf("%v is not a FieldError of %s.%s", c.err, c.pkg, c.field)
		} else if field.Error() != c.wantMessage {
			t.Errorf("got  %s\nwant %s", field, c.wantMessage)
		}
	}
}
