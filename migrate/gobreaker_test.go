package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

var errNotFound = errors.New("not found")

// executed is a gobreaker as a side.
func executed(made func() *gobreaker.CircuitBreaker[string]) func() side {
	return func() side {
		cb := made()
		return func(ctx context.Context, callee func(context.Context) error) error {
			_, err := goBreakerTheirs{}.Execute(cb, func() (string, error) { return "", callee(ctx) })
			return err
		}
	}
}

// called is a breaker of ours as a side.
func called[B circuit.Breaker](made func() (B, error), opts ...circuit.Option) func() side {
	return func() side {
		b := must(made())
		return func(ctx context.Context, callee func(context.Context) error) error {
			return circuit.Do(ctx, b, callee, opts...)
		}
	}
}

func TestGoBreaker(t *testing.T) {
	theirs, ours := goBreakerTheirs{}, goBreakerOurs{}
	tests{
		"Defaults": func(t *testing.T) {
			alike(t, executed(theirs.Defaults), called(ours.Defaults),
				"f*5 s f*6 s +59s s +1001ms s f*5 s p*6 s", "x*5 . x*6 -*2 . x*5 . p*6 -")
			alike(t, executed(theirs.Defaults), called(ours.Defaults), // a probe that fails
				"f*6 +60001ms f s +60001ms s*2", "x*7 - .*2")
			differ(t, executed(theirs.Defaults), called(ours.Defaults), // cancelled calls
				"c*6 s", "x*6 -", "x*6 .")
		},
		"Settings": func(t *testing.T) {
			alike(t, executed(theirs.Settings), called(ours.Settings),
				"s*10 f*10 s +5001ms s*3 f*19", ".*10 x*10 - .*3 x*19")
			alike(t, executed(theirs.Settings), called(ours.Settings), // what is older than the window
				"f*19 +11s s f*19 s", "x*19 . x*19 -")
			differ(t, executed(theirs.Settings), called(ours.Settings), // the 20th call succeeds
				"f*19 s*2", "x*19 .*2", "x*19 . -")
			alike(t, executed(theirs.Settings), called(ours.Settings), // the last of three probes fails
				"f*20 +5001ms s*2 f s", "x*20 .*2 x -")
		},
		"ReadyToTrip": func(t *testing.T) {
			alike(t, executed(theirs.ReadyToTrip), called(ours.ReadyToTrip),
				"f s f s*5 f s", "x . x .*5 x -")
		},
		"Execute": func(t *testing.T) {
			v, err := theirs.Execute(theirs.Defaults(), func() (string, error) { return "v", errFailed })
			w, err2 := ours.Execute(t.Context(), must(ours.Defaults()),
				func(context.Context) (string, error) { return "v", errFailed })
			if v != "v" || w != v || !errors.Is(err, errFailed) || !errors.Is(err2, errFailed) {
				t.Errorf("theirs %q, %v; ours %q, %v", v, err, w, err2)
			}
		},
		"Judge": func(t *testing.T) {
			notFound := func(s func() side) func() side {
				return func() side {
					call := s()
					return func(ctx context.Context, callee func(context.Context) error) error {
						return call(ctx, func(ctx context.Context) error {
							if err := callee(ctx); err == nil || !errors.Is(err, errFailed) {
								return err
							}
							return fmt.Errorf("user 7: %w", errNotFound)
						})
					}
				}
			}
			alike(t, notFound(executed(theirs.Judge)), notFound(called(ours.Defaults, ours.Judge())), "f*20 s", "x*20 .")
			alike(t, executed(theirs.Judge), called(ours.Defaults, ours.Judge()), "f*5 c*9 f s", "x*15 -")
			alike(t, executed(theirs.Judge), called(ours.Defaults, ours.Judge()), // a cancelled probe gives its place back
				"f*6 +60001ms c s*2", "x*7 .*2")
		},
		"Refused": func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cb, b := theirs.Defaults(), must(ours.Defaults())
				call := func() (error, error) {
					_, err := cb.Execute(func() (string, error) { return "", errFailed })
					return err, circuit.Do(t.Context(), b, func(context.Context) error { return errFailed })
				}
				for i := range 6 {
					if err, err2 := call(); theirs.Refused(err) || ours.Refused(err2) {
						t.Fatalf("call %d refused: theirs %v, ours %v", i, err, err2)
					}
				}
				err, err2 := call()
				if !theirs.Refused(err) || !ours.Refused(err2) {
					t.Errorf("open: theirs %v, ours %v", err, err2)
				}
				if after, ok := circuit.RetryAfter(err2); !ok || after != time.Minute {
					t.Errorf("retry after %v, %v", after, ok)
				}
				time.Sleep(time.Minute + 1)
				if _, err := cb.Execute(func() (string, error) { // half-open, with the one probe in flight
					_, err := cb.Execute(nil)
					return "", err
				}); !errors.Is(err, gobreaker.ErrTooManyRequests) || !theirs.Refused(err) {
					t.Errorf("theirs, half-open: %v", err)
				}
				if err := circuit.Do(t.Context(), b, func(ctx context.Context) error {
					return circuit.Do(ctx, b, nil)
				}); !ours.Refused(err) {
					t.Errorf("ours, half-open: %v", err)
				}
			})
		},
		"OnStateChange": func(t *testing.T) {
			out := logged(t)
			synctest.Test(t, func(*testing.T) {
				play(executed(theirs.OnStateChange)(), "f*6 +60001ms s")
			})
			const want = "users: closed to open\nusers: open to half-open\nusers: half-open to closed\n"
			if got := out.String(); got != want {
				t.Errorf("theirs: %q", got)
			}
			out.Reset()
			synctest.Test(t, func(*testing.T) {
				b := must(ours.Defaults())
				stop := ours.OnStateChange(b)
				defer stop()
				play(called(func() (*hystrix.Breaker, error) { return b, nil })(), "f*6 +60001ms s")
			})
			const wantOurs = "users: closed to open, consecutive failures\nusers: open to half-open, sleep window over\n" +
				"users: half-open to closed, probes succeeded\n"
			if got := out.String(); got != wantOurs {
				t.Errorf("ours: %q", got)
			}
		},
		"State": func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cb, b := theirs.Defaults(), must(ours.Defaults())
				both := func(script string) {
					play(executed(func() *gobreaker.CircuitBreaker[string] { return cb })(), script)
					play(called(func() (*hystrix.Breaker, error) { return b, nil })(), script)
				}
				want := func(want, wantOurs string) {
					t.Helper()
					state, n := theirs.State(cb)
					if got := fmt.Sprint(state, " ", n); got != want {
						t.Errorf("theirs %s, want %s", got, want)
					}
					state, m := ours.State(b)
					if got := fmt.Sprint(state, " ", m); got != wantOurs {
						t.Errorf("ours %s, want %s", got, wantOurs)
					}
				}
				both("s*2 f*3")
				want("closed 3", "closed 3")
				both("f*3")
				want("open 0", "open 6")
				time.Sleep(time.Minute + 1)
				want("half-open 0", "open 0")
				both("s")
				want("closed 0", "closed 0")
			})
		},
		"TwoStep": func(t *testing.T) {
			two := func() side {
				cb := gobreaker.NewTwoStepCircuitBreaker[string](gobreaker.Settings{})
				return func(ctx context.Context, callee func(context.Context) error) error {
					return theirs.TwoStep(cb, func() error { return callee(ctx) })
				}
			}
			permit := func() side {
				b := must(ours.Defaults())
				return func(ctx context.Context, callee func(context.Context) error) error {
					return ours.TwoStep(ctx, b, callee)
				}
			}
			alike(t, two, permit, "f*6 s +60001ms s*2", "x*6 - .*2")
			for what, s := range map[string]func() side{"theirs": two, "ours": permit} { // old news
				if got := late(t, s, "f*6 +61s s +2s f*5 s"); got != "x*6 . x*5 ." {
					t.Errorf("%s: %s", what, got)
				}
			}
			// A panic between the two steps, while half-open: the permit is never settled.
			differ(t, two, permit, "f*6 +60001ms p s +1h s", "x*6 p -*2", "x*6 p - .")
		},
	}.run(t, theirs, ours)
}
