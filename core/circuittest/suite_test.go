package circuittest_test

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/circuittest"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// TestFindsFaults runs the checks over breakers that are wrong in one way each.
func TestFindsFaults(t *testing.T) {
	suite := circuittest.Suite{
		TripAfter:  30,
		Recovery:   func(rate float64) time.Duration { return 5500*time.Millisecond + time.Duration(2e9/rate) },
		PermitLife: 10 * time.Second,
		Probes:     1,
	}
	faults := []struct {
		name string
		new  func() circuit.Breaker
		want []string // checks that must fail; others may, as a consequence
	}{
		{"none", func() circuit.Breaker { return sound() }, nil},
		{"plain", func() circuit.Breaker { return plain{sound()} }, nil},
		{"never trips", func() circuit.Breaker { return circuit.Disabled{} },
			[]string{"Trips", "TripsByBareMethods", "PanicCounts", "GoexitCounts", "DeadlineCounts", "ConcurrentOutage"}},
		{"counts refusals as failures", func() circuit.Breaker { return countsRefusals{sound()} },
			[]string{"RefusalsAreNoFailures"}},
		{"refuses with an error of its own", func() circuit.Breaker { return ownError{sound()} }, []string{"Trips"}},
		{"takes ignored calls for failures", func() circuit.Breaker {
			return changesOutcomes{sound(), func(p circuit.Permit, o circuit.Outcome) {
				p.Done(min(o, circuit.Failure))
			}}
		}, []string{"IgnoredDecidesNothing", "CancelIsIgnored", "IgnoredProbe", "Concurrency"}},
		{"takes failures for successes", func() circuit.Breaker {
			return changesOutcomes{sound(), func(p circuit.Permit, o circuit.Outcome) {
				if o == circuit.Failure {
					o = circuit.Success
				}
				p.Done(o)
			}}
		}, []string{"Trips", "PanicCounts", "DeadlineCounts"}},
		{"drops overloads", func() circuit.Breaker {
			return changesOutcomes{sound(), func(p circuit.Permit, o circuit.Outcome) {
				if o != circuit.Overload {
					p.Done(o)
				}
			}}
		}, []string{"OverloadCounts"}},
		{"takes overloads for ignored calls", func() circuit.Breaker {
			return changesOutcomes{sound(), func(p circuit.Permit, o circuit.Outcome) {
				if o == circuit.Overload {
					o = circuit.Ignored
				}
				p.Done(o)
			}}
		}, []string{"OverloadCounts"}},
		{"keeps the place of ignored probes", func() circuit.Breaker {
			return changesOutcomes{sound(), func(p circuit.Permit, o circuit.Outcome) {
				if o != circuit.Ignored {
					p.Done(o)
				}
			}}
		}, []string{"IgnoredProbe"}},
		{"forgets whose result it is", func() circuit.Breaker { return withoutIdentity{sound()} },
			[]string{"StaleFailure"}},
		{"closes on any success", closesOnAnySuccess, []string{"StaleSuccess", "StaleWhileHalfOpen"}},
		{"tells under a lock", func() circuit.Breaker { return tellsUnderLock{sound(), new(sync.Mutex)} },
			[]string{"ObserverMayCallBack"}},
		{"tells out of order", func() circuit.Breaker { return tellsOutOfOrder{sound()} }, []string{"Events", "EventsInOrder"}},
		{"too many probes", func() circuit.Breaker {
			b, err := hystrix.New(hystrix.Config{Probes: 2})
			if err != nil {
				panic(err)
			}
			return b
		}, []string{"ProbeBound"}},
		{"recovers late", func() circuit.Breaker {
			b, err := hystrix.New(hystrix.Config{SleepWindow: time.Minute})
			if err != nil {
				panic(err)
			}
			return b
		}, []string{"Recovery", "LostPermits", "ConcurrentOutage"}},
		{"probes are lost for long", func() circuit.Breaker {
			b, err := hystrix.New(hystrix.Config{ProbeLifetime: time.Hour})
			if err != nil {
				panic(err)
			}
			return b
		}, []string{"LostProbes"}},
		{"observers can't leave", func() circuit.Breaker { return neverStops{sound()} }, []string{"ObserverStops"}},
		{"tells nobody", func() circuit.Breaker { return silent{sound()} },
			[]string{"Events", "ObserverMayCallBack", "ObserverPanics"}},
		{"overrides without an end", func() circuit.Breaker { return endlessOverrides{sound()} }, []string{"Override"}},
		{"configuration ends overrides", func() circuit.Breaker { return weakOverrides{sound()} }, []string{"Override"}},
		{"forgets who is in flight", func() circuit.Breaker {
			return changesOutcomes{sound(), func(p circuit.Permit, o circuit.Outcome) {
				if o != circuit.Ignored {
					p.Done(o)
				}
			}}
		}, []string{"Admissions"}},
		{"knows outcomes alone", func() circuit.Breaker {
			return changesOutcomes{sound(), func(p circuit.Permit, o circuit.Outcome) { p.Done(o) }}
		}, nil},
		{"hands results on", func() circuit.Breaker {
			return changesResults{sound(), func(p circuit.Permit, r circuit.Result) { p.End(r) }}
		}, nil},
		{"drops timeouts", func() circuit.Breaker {
			return changesResults{sound(), func(p circuit.Permit, r circuit.Result) {
				if r.Kind != circuit.KindTimeout {
					p.End(r)
				}
			}}
		}, []string{"ResultCounts", "ResultDecides", "DeadlineCounts"}},
		{"takes bad requests for failures", func() circuit.Breaker {
			return changesResults{sound(), func(p circuit.Permit, r circuit.Result) {
				if r.Kind == circuit.KindBadRequest {
					r.Outcome = circuit.Failure
				}
				p.Done(r.Outcome)
			}}
		}, []string{"ResultCounts", "ResultDecides"}},
		{"settles twice when told to come back", func() circuit.Breaker {
			return changesResults{sound(), func(p circuit.Permit, r circuit.Result) {
				if r.RetryAfter > 0 {
					p.Done(r.Outcome)
				}
				p.End(r)
			}}
		}, []string{"ResultCounts"}},
		{"has no name for unknown kinds", func() circuit.Breaker {
			var ended [circuit.KindShortCircuit + 1]int
			return changesResults{sound(), func(p circuit.Permit, r circuit.Result) {
				ended[r.Kind]++
				p.Done(r.Outcome)
			}}
		}, []string{"ResultCounts", "ResultDecides"}},
		{"obeys any callee", obeysForever, []string{"RetryAfterIsBounded"}},
		{"no mode observe", func() circuit.Breaker { return refusesInObserve{sound()} }, []string{"Observe"}},
	}
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			s := suite
			s.New = f.new
			failed, messages := failing(t, s)
			for _, name := range f.want {
				if !slices.Contains(failed, name) {
					t.Errorf("check %s found nothing wrong", name)
				}
			}
			if len(f.want) == 0 && len(failed) > 0 {
				t.Errorf("checks %v failed: %v", failed, messages)
			}
		})
	}
}

// failing is the names of the checks that s fails.
func failing(t *testing.T, s circuittest.Suite) (names, messages []string) {
	t.Helper()
	for _, c := range circuittest.Checks() {
		run := func() {
			r := &recorder{}
			done := make(chan struct{})
			go func() {
				defer close(done)
				c.Run(r, s)
			}()
			<-done
			if r.failed {
				names = append(names, c.Name)
				messages = append(messages, r.messages...)
			}
		}
		if c.RealTime {
			run()
		} else {
			synctest.Test(t, func(*testing.T) { run() })
		}
	}
	return names, messages
}

// recorder takes what a check reports in place of a testing.T.
type recorder struct {
	failed   bool
	messages []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.failed = true
	r.messages = append(r.messages, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Skipf(string, ...any) { runtime.Goexit() }
