package circuitfailsafe_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/fallback"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

func TestAttemptIsJudgedByItsError(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want circuit.Result
	}{
		{"success", nil, succeededIn(time.Second)},
		{"failure", errDown, failedIn(time.Second)},
		{"bad request", circuit.BadRequest(errDown), circuit.Result{Outcome: circuit.Ignored, Kind: circuit.KindBadRequest, Duration: time.Second}},
		{"refused further down", circuit.ErrNotAllowed, circuit.Result{Outcome: circuit.Ignored, Duration: time.Second}},
		{"callee says when", slow{errDown, 7 * time.Second}, circuit.Result{Outcome: circuit.Failure, Duration: time.Second, RetryAfter: 7 * time.Second}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &ledger{}
				got, err := failsafe.With(circuitfailsafe.NewPolicy[int](l)).Get(func() (int, error) {
					time.Sleep(time.Second)
					return 42, tt.err
				})
				if got != 42 || !errors.Is(err, tt.err) {
					t.Errorf("%d, %v: want the function's own 42, %v", got, err, tt.err)
				}
				l.want(t, tt.want)
			})
		})
	}
}

// slow is an error that says when to come back.
type slow struct {
	error
	after time.Duration
}

func (s slow) RetryAfter() (time.Duration, bool) { return s.after, true }

// A call that unwinds once held its probe's place until that expired.
func TestPanicIsAFailureAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{}
		func() {
			defer func() {
				if p := recover(); p != "boom" {
					t.Errorf("recovered %v, want boom", p)
				}
			}()
			_ = failsafe.With(circuitfailsafe.NewPolicy[any](l)).Run(func() error { time.Sleep(time.Second); panic("boom") })
		}()
		l.want(t, failedIn(time.Second))
	})
}

func TestGoexitIsAFailureAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{}
		returned := false
		var wg sync.WaitGroup
		wg.Go(func() {
			_ = failsafe.With(circuitfailsafe.NewPolicy[any](l)).Run(func() error { runtime.Goexit(); return nil })
			returned = true
		})
		wg.Wait()
		if returned {
			t.Error("the goroutine went on after its end")
		}
		l.want(t, failedIn(0))
	})
}

func TestPanicOfTheClassifierIsAFailure(t *testing.T) {
	l := &ledger{}
	p := circuitfailsafe.NewPolicy(l, circuitfailsafe.WithErrorOf(func(any, error) error { panic("boom") }))
	func() {
		defer func() { _ = recover() }()
		_ = failsafe.With(p).Run(func() error { return nil })
		t.Error("the panic was swallowed")
	}()
	if r := l.results[1]; len(r) != 1 || r[0].Outcome != circuit.Failure {
		t.Errorf("settled %+v, want one failure", r)
	}
}

// Nothing runs, and nothing is marked.
func TestRefusal(t *testing.T) {
	l := &ledger{refuses: true}
	var told []string
	type native struct{ error }
	const own = "ledger: call not allowed"
	for _, tt := range []struct {
		name string
		opts []circuitfailsafe.Option[int]
		as   string
		mine bool
	}{
		{"the breaker's own", nil, own, false},
		{"observed", []circuitfailsafe.Option[int]{circuitfailsafe.WithRefusalObserver[int](func(_ context.Context, key string, err error) {
			told = append(told, key+"|"+err.Error())
		})}, own, false},
		{"translated", []circuitfailsafe.Option[int]{circuitfailsafe.WithRefusal[int](func(_ context.Context, err error) error { return native{err} })},
			own, true},
		{"translated to nil", []circuitfailsafe.Option[int]{circuitfailsafe.WithRefusal[int](func(context.Context, error) error { return nil })},
			own, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := failsafe.With(circuitfailsafe.NewPolicy(l, tt.opts...)).Get(func() (int, error) {
				t.Error("a refused call ran")
				return 1, nil
			})
			if got != 0 || err == nil || err.Error() != tt.as {
				t.Errorf("%d, %v; want 0, %v", got, err, tt.as)
			}
			if _, mine := errors.AsType[native](err); mine != tt.mine {
				t.Errorf("%T, want it translated: %t", err, tt.mine)
			}
		})
	}
	if want := []string{"|" + own}; !slices.Equal(told, want) {
		t.Errorf("observer was told %q, want %q", told, want)
	}
	l.want(t)
}

func TestRefusalKeepsRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newHystrix(t, fragile)
		executor := failsafe.With(circuitfailsafe.NewRetryPolicyBuilder[any]().Build(), circuitfailsafe.NewPolicy[any](b))
		fails := func() error { return errDown }
		if err := executor.Run(fails); !errors.Is(err, circuit.ErrNotAllowed) {
			t.Errorf("the retry ended with %v, want a refusal", err)
		}
		time.Sleep(20 * time.Minute)
		err := executor.Run(fails)
		if after, ok := circuit.RetryAfter(err); !ok || after != 40*time.Minute {
			t.Errorf("%v says %v, %v; want 40m of the hour", err, after, ok)
		}
	})
}

// The breaker's judgement reaches the listeners of the executor, who then hear of failures
// that come without an error.
func TestListenersGoByTheBreaker(t *testing.T) {
	for _, tt := range []struct {
		name   string
		result error // for the classifier
		want   string
	}{
		{"success", nil, "success"}, {"failure", errDown, "failure"}, {"ignored", circuit.BadRequest(errDown), "failure"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := circuitfailsafe.NewPolicy(&ledger{}, circuitfailsafe.WithErrorOf(func(int, error) error { return tt.result }))
			var heard []string
			executor := failsafe.With(p).
				OnSuccess(func(failsafe.ExecutionDoneEvent[int]) { heard = append(heard, "success") }).
				OnFailure(func(failsafe.ExecutionDoneEvent[int]) { heard = append(heard, "failure") })
			if got, err := executor.Get(func() (int, error) { return 42, nil }); got != 42 || err != nil {
				t.Errorf("%d, %v; want 42 untouched", got, err)
			}
			if !slices.Equal(heard, []string{tt.want}) {
				t.Errorf("listeners heard %q, want %q", heard, tt.want)
			}
		})
	}
}

// A fallback outside the breaker answers for refused and failed calls alike, and is not
// judged.
func TestFallbackOutside(t *testing.T) {
	b := newHystrix(t, fragile)
	executor := failsafe.With(fallback.NewWithFunc(func(exec failsafe.Execution[string]) (string, error) {
		if errors.Is(exec.LastError(), circuit.ErrNotAllowed) {
			return "refused", nil
		}
		return "failed", nil
	}), circuitfailsafe.NewPolicy[string](b))
	for _, want := range []string{"failed", "refused", "refused"} {
		if got, err := executor.Get(func() (string, error) { return "", errDown }); got != want || err != nil {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	wantTotal(t, b, circuit.Counts{Failures: 1, Refused: 2})
}

// A fallback inside it makes every call a success.
func TestFallbackInside(t *testing.T) {
	b := newHystrix(t, fragile)
	executor := failsafe.With(circuitfailsafe.NewPolicy[string](b), fallback.NewWithResult("cold"))
	for range 3 {
		if got, err := executor.Get(func() (string, error) { return "", errDown }); got != "cold" || err != nil {
			t.Errorf("%q, %v; want cold", got, err)
		}
	}
	wantTotal(t, b, circuit.Counts{Successes: 3})
}

// The policy without a breaker, and one that serves executors of another result type.
func TestAnyPolicy(t *testing.T) {
	b := newHystrix(t, calm)
	p := circuitfailsafe.NewPolicy[any](b)
	for _, executor := range []failsafe.Executor[int]{
		failsafe.WithAny[int](p),
		failsafe.With(retrypolicy.NewWithDefaults[int]()).ComposeAny(p),
		failsafe.With(circuitfailsafe.NewPolicy[int](nil)).ComposeAny(p),
	} {
		if got, err := executor.Get(func() (int, error) { return 42, nil }); got != 42 || err != nil {
			t.Errorf("%d, %v; want 42", got, err)
		}
	}
	wantTotal(t, b, circuit.Counts{Successes: 3})
}

func TestNilOptionsChangeNothing(t *testing.T) {
	l := &ledger{}
	g := group.New(func(string) circuit.Breaker { return l })
	p := circuitfailsafe.NewPolicy(nil, circuitfailsafe.WithGroup[any](g, nil), nil,
		circuitfailsafe.WithGroup[any](nil, nil), circuitfailsafe.WithClassifier[any](nil), circuitfailsafe.WithErrorOf[any](nil),
		circuitfailsafe.WithResultOf[any](nil), circuitfailsafe.WithRefusal[any](nil), circuitfailsafe.WithRefusalObserver[any](nil))
	synctest.Test(t, func(*testing.T) {
		_ = failsafe.With(p).Run(func() error { return errDown })
	})
	l.want(t, failedIn(0))
}
