package migrate_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// failsafed is a failsafe-go breaker as a side.
func failsafed(made func() circuitbreaker.CircuitBreaker[string]) func() side {
	return func() side {
		cb := made()
		return func(ctx context.Context, callee func(context.Context) error) error {
			_, err := failsafeTheirs{}.Get(ctx, cb, func() (string, error) { return "", callee(ctx) })
			return err
		}
	}
}

func TestFailsafe(t *testing.T) {
	theirs, ours := failsafeTheirs{}, failsafeOurs{}
	stock, fused := failsafed(theirs.FailureThreshold), called(ours.FailureThreshold)
	tests{
		"FailureThreshold": func(t *testing.T) {
			alike(t, stock, fused, "f*4 s f*5 s +4999ms s +1ms s*3 f*5 s", "x*4 . x*5 -*2 .*3 x*5 -")
			alike(t, stock, fused, "f*5 +5s s*2 f s +5s f s", "x*5 .*2 x - x -") // probes that fail
			unset := failsafed(func() circuitbreaker.CircuitBreaker[string] {
				return circuitbreaker.NewBuilder[string]().WithFailureThreshold(5).WithDelay(5 * time.Second).Build()
			})
			differ(t, unset, fused, "f*5 +5s f*4 s f s", "x*9 . x .", "x*6 -*6")
			differ(t, unset, fused, "f*5 +5s f*5 s", "x*10 -", "x*6 -*5")
		},
		"FailureRate": func(t *testing.T) {
			stock, fused := failsafed(theirs.FailureRate), called(ours.FailureRate)
			alike(t, stock, fused, "s*10 f*10 s +5s s f*19", ".*10 x*10 - . x*19")
			alike(t, stock, fused, "f*19 s*2", "x*19 . -")
			alike(t, stock, fused, "f*19 +11s f*20 s", "x*39 -")
		},
		"FailurePeriod": func(t *testing.T) {
			stock, fused := failsafed(theirs.FailurePeriod), called(ours.FailurePeriod)
			alike(t, stock, fused, "f*2 s*200 f s +1m s", "x*2 .*200 x - .")
			alike(t, stock, fused, "f*2 +11s f*2 s", "x*4 .")
		},
		"Get": func(t *testing.T) {
			differ(t, stock, fused, "p*5 s", "p*5 .", "p*5 -")
			differ(t, stock, fused, "c*5 s", "x*5 -", "x*5 .")
			differ(t, stock, fused, "f*5 +5s p*3 +1h s", "x*5 p*3 -", "x*5 p -*2 .")
			v, err := theirs.Get(t.Context(), theirs.FailureRate(), func() (string, error) { return "v", errFailed })
			w, err2 := ours.Get(t.Context(), must(ours.FailureRate()),
				func(context.Context) (string, error) { return "v", errFailed })
			if v != "v" || w != v || !errors.Is(err, errFailed) || !errors.Is(err2, errFailed) {
				t.Errorf("theirs %q, %v; ours %q, %v", v, err, w, err2)
			}
		},
		"HandleIf": func(t *testing.T) {
			stock, fused := failsafed(theirs.HandleIf), called(ours.FailureThreshold, ours.HandleIf())
			failing := func(s func() side, with error) func() side {
				return func() side {
					call := s()
					return func(ctx context.Context, callee func(context.Context) error) error {
						return call(ctx, func(ctx context.Context) error { return errors.Join(callee(ctx), with) })
					}
				}
			}
			alike(t, failing(stock, errNotFound), failing(fused, errNotFound), "f*9 s", "x*10")
			alike(t, failing(stock, nil), failing(fused, nil), "f*5 s", "x*5 -")
			differ(t, stock, fused, "f*4 c f s", "x*6 .", "x*6 -") // in theirs a success ends the row
		},
		"Fallback": func(t *testing.T) {
			stock := func() side {
				cb := theirs.FailureThreshold()
				return func(ctx context.Context, callee func(context.Context) error) error {
					_, err := theirs.Fallback(ctx, cb, func() (string, error) { return "fresh", callee(ctx) })
					return err
				}
			}
			fused := func() side {
				b := must(ours.FailureThreshold())
				return func(ctx context.Context, callee func(context.Context) error) error {
					_, err := ours.Fallback(ctx, b, func(ctx context.Context) (string, error) { return "fresh", callee(ctx) })
					return err
				}
			}
			alike(t, stock, fused, "s c f*5 s", ". x b*6")
		},
		"Compose": func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cb, b := theirs.FailureThreshold(), must(ours.FailureThreshold())
				var asked [2]int
				fetch := func(i int) func() (string, error) {
					return func() (string, error) { asked[i]++; return "", errFailed }
				}
				for i, want := range []int{3, 5, 5} { // three attempts, two and a refusal, a refusal
					_, err := theirs.Compose(t.Context(), cb, fetch(0))
					_, err2 := ours.Compose(t.Context(), b, fetch(1))
					if asked[0] != want || asked[1] != want {
						t.Errorf("call %d: theirs made %d attempts in all, ours %d, want %d", i, asked[0], asked[1], want)
					}
					if i > 0 && (!errors.Is(err, circuitbreaker.ErrOpen) || !errors.Is(err2, circuit.ErrNotAllowed)) {
						t.Errorf("call %d: theirs %v, ours %v", i, err, err2)
					}
				}
			})
		},
		"Timeout":  failsafeTimeout,
		"Bulkhead": failsafeBulkhead,
		"Refused": func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cb, b := theirs.FailureThreshold(), must(ours.FailureThreshold())
				for range 5 {
					cb.RecordFailure()
					b.MarkFailed()
				}
				time.Sleep(time.Second)
				_, err := theirs.Get(t.Context(), cb, nil)
				_, err2 := ours.Get(t.Context(), b, nil)
				open, after := theirs.Refused(cb, err)
				open2, after2 := ours.Refused(err2)
				if !open || !open2 || after != 4*time.Second || after2 != after {
					t.Errorf("theirs %v, %v; ours %v, %v", open, after, open2, after2)
				}
			})
		},
		"OnStateChanged": func(t *testing.T) {
			out := logged(t)
			synctest.Test(t, func(*testing.T) { play(failsafed(theirs.OnStateChanged)(), "f +1m s") })
			if got := out.String(); got != "closed to open\nopen to half-open\nhalf-open to closed\n" {
				t.Errorf("theirs: %q", got)
			}
			out.Reset()
			synctest.Test(t, func(*testing.T) {
				b := must(ours.FailureThreshold())
				defer ours.OnStateChanged(b)()
				play(called(func() (*hystrix.Breaker, error) { return b, nil })(), "f*5 +5s s*3")
			})
			if got := out.String(); got != "closed to open, consecutive failures\nopen to half-open, sleep window over\n"+
				"half-open to closed, probes succeeded\n" {
				t.Errorf("ours: %q", got)
			}
		},
		"Metrics": func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cb, b := theirs.FailureRate(), must(ours.FailureRate())
				for i := range 20 {
					state, n := theirs.Metrics(cb)
					state2, n2 := ours.Metrics(b)
					if state != "closed" || state2 != state || int(n) != i || int(n2) != i {
						t.Errorf("after %d failures: theirs %s, %d; ours %s, %d", i, state, n, state2, n2)
					}
					cb.RecordFailure()
					b.MarkFailed()
				}
				state, n := theirs.Metrics(cb)
				state2, n2 := ours.Metrics(b)
				if state != "open" || state2 != state || n != 20 || n2 != 20 {
					t.Errorf("open: theirs %s, %d; ours %s, %d", state, n, state2, n2)
				}
			})
		},
		"Permit": func(t *testing.T) {
			stock := func() side {
				cb := theirs.FailureThreshold()
				return func(ctx context.Context, callee func(context.Context) error) error {
					return theirs.Permit(ctx, cb, callee)
				}
			}
			fused := func() side {
				b := must(ours.FailureThreshold())
				return func(ctx context.Context, callee func(context.Context) error) error {
					return ours.Permit(ctx, b, callee)
				}
			}
			alike(t, stock, fused, "f*5 s +5s s*3 f*4", "x*5 - .*3 x*4")
			// A failure from before the opening comes in while the breaker is half-open.
			if a, b := late(t, stock, "f*5 +60s s +5s s"), late(t, fused, "f*5 +60s s +5s s"); a != "x*5 . -" || b != "x*5 .*2" {
				t.Errorf("theirs %s, ours %s", a, b)
			}
		},
		"Force": func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cb, b := theirs.FailureThreshold(), must(ours.FailureThreshold())
				open, release := theirs.Force(cb)
				open2, release2 := ours.Force(b)
				want := func(when string, refuses, refuses2 bool) {
					t.Helper()
					_, err := theirs.Get(t.Context(), cb, func() (string, error) { return "", nil })
					_, err2 := ours.Get(t.Context(), b, func(context.Context) (string, error) { return "", nil })
					if err != nil != refuses || err2 != nil != refuses2 {
						t.Errorf("%s: theirs %v, ours %v", when, err, err2)
					}
				}
				open()
				open2()
				want("open", true, true)
				time.Sleep(time.Hour)
				want("an hour later", false, true)
				release()
				release2()
				want("closed", false, false)
			})
		},
		"RoundTripper": failsafeRoundTripper,
		"RetryAfter":   failsafeRetryAfter,
		"Interceptor":  failsafeInterceptor,
	}.run(t, theirs, ours)
}
