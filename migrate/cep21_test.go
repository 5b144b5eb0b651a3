package migrate_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	cep21 "github.com/cep21/circuit/v4"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// cep21ed is a circuit of cep21's as a side, of the pair Create changed by configs.
func cep21ed(configs ...cep21.Config) func() side {
	return func() side {
		c := newCep21(configs...)
		return func(ctx context.Context, callee func(context.Context) error) error { return c.Run(ctx, callee) }
	}
}

func newCep21(configs ...cep21.Config) *cep21.Circuit {
	made := cep21Theirs{}.Create(new(cep21.Manager)).Config()
	var config cep21.Config
	for _, c := range append(configs, made) {
		config.Merge(c) // what was merged before stays
	}
	return cep21.NewCircuitFromConfig("users", config)
}

// commanded is a command of ours as a side.
func commanded(made func() (*hystrix.Command, error)) func() side {
	return func() side {
		c := must(made())
		return func(ctx context.Context, callee func(context.Context) error) error { return c.Do(ctx, callee, nil) }
	}
}

// around is a command without limits around a breaker.
func around(c hystrix.Config, opts ...hystrix.Option) func() (*hystrix.Command, error) {
	return func() (*hystrix.Command, error) {
		return hystrix.NewCommand("users", must(hystrix.New(c, opts...)), hystrix.CommandConfig{Timeout: time.Second})
	}
}

func TestCep21(t *testing.T) {
	theirs, ours := cep21Theirs{}, cep21Ours{}
	stock, fused := cep21ed(), commanded(ours.Create)
	tests{
		"Create": func(t *testing.T) {
			alike(t, stock, fused, "s*10 f*10 s +4999ms s +2ms s f*19", ".*10 x*10 -*2 . x*19")
			alike(t, stock, fused, "f*20 +5001ms f s +5001ms s*2", "x*21 - .*2") // a probe fails
			alike(t, stock, fused, "c*30 s", "x*30 .")
			alike(t, stock, fused, "f*18 h*2 s", "x*20 -") // timeouts
			alike(t, stock, fused, "f*10 +11s f*19", "x*29")
			differ(t, stock, fused, "f*19 s*2", "x*19 .*2", "x*19 . -") // the 20th call succeeds
			differ(t, stock, fused, "p*20 s", "p*20 .", "p*20 -")
			differ(t, stock, fused, "f*16 s l*3 s", "x*16 .*4 -", "x*16 . x*3 -")         // Run waits, and returns what came late
			differ(t, stock, fused, "f*20 +5001ms c s +5001ms s", "x*21 - .", "x*21 .*2") // a probe that is cancelled
		},
		"Execute": func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, b := newCep21(), must(ours.Create())
				failed := errors.New("no cache")
				both := func(fetch, cached error) (fell, fell2 bool, err, err2 error) {
					err = theirs.Execute(t.Context(), c, func(context.Context) error { return fetch },
						func(context.Context, error) error { fell = true; return cached })
					err2 = ours.Execute(t.Context(), b, func(context.Context) error { return fetch },
						func(context.Context, error) error { fell2 = true; return cached })
					return fell, fell2, err, err2
				}
				if fell, fell2, err, err2 := both(nil, failed); err != nil || err2 != nil || fell || fell2 {
					t.Errorf("well: theirs %v, %v; ours %v, %v", err, fell, err2, fell2)
				}
				if fell, fell2, err, err2 := both(errFailed, nil); err != nil || err2 != nil || !fell || !fell2 {
					t.Errorf("failed: theirs %v, %v; ours %v, %v", err, fell, err2, fell2)
				}
				_, _, err, err2 := both(errFailed, failed)
				if !errors.Is(err, failed) || errors.Is(err, errFailed) || !errors.Is(err2, failed) || !errors.Is(err2, errFailed) {
					t.Errorf("both failed: theirs %v, ours %v", err, err2)
				}
			})
			differ(t, cep21ed(), commanded(ours.Create), "l*19 s", ".*20", "x*19 .")
			// A deadline of the caller's own.
			synctest.Test(t, func(t *testing.T) {
				m, c := kinds{}, must(ours.Create())
				stock := newCep21(theirs.RunMetrics(m))
				ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
				defer cancel()
				wait := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
				_ = theirs.Execute(ctx, stock, wait, nil)
				ctx, cancel = context.WithTimeout(t.Context(), time.Second/2)
				defer cancel()
				err := ours.Execute(ctx, c, wait, nil)
				if m["interrupt"] != 1 || c.Stats().Timeouts != 1 || !errors.Is(err, hystrix.ErrTimeout) {
					t.Errorf("theirs %v; ours %v, %+v", m, err, c.Stats())
				}
			})
			fallback := func(context.Context, error) error { return nil }
			differ(t, func() side {
				c := newCep21()
				return func(ctx context.Context, callee func(context.Context) error) error {
					return theirs.Execute(ctx, c, callee, fallback)
				}
			}, func() side {
				c := must(ours.Create())
				return func(ctx context.Context, callee func(context.Context) error) error {
					return ours.Execute(ctx, c, callee, fallback)
				}
			}, "f*20 s c +5001ms c", "b*23", "b*22 x") // a cancelled call
		},
		"Run": func(t *testing.T) {
			v, err := theirs.Run(t.Context(), newCep21(), func(context.Context) (string, error) { return "v", nil })
			w, err2 := ours.Run(t.Context(), must(ours.Create()), func(context.Context) (string, error) { return "v", nil })
			if v != "v" || w != "v" || err != nil || err2 != nil {
				t.Errorf("theirs %q, %v; ours %q, %v", v, err, w, err2)
			}
		},
		"Go": func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, b := newCep21(), must(ours.Create())
				long := func(context.Context) error { time.Sleep(3 * time.Second); return nil }
				began := time.Now()
				err := theirs.Go(t.Context(), c, long)
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second || c.ConcurrentCommands() != 0 {
					t.Errorf("theirs: %v after %v, %d in flight", err, time.Since(began), c.ConcurrentCommands())
				}
				began = time.Now()
				err = ours.Go(t.Context(), b, long)
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second || b.Stats().InFlight != 1 {
					t.Errorf("ours: %v after %v, %d in flight", err, time.Since(began), b.Stats().InFlight)
				}
				time.Sleep(3 * time.Second)
				if n := b.Stats().InFlight; n != 0 {
					t.Errorf("ours: %d in flight at the end", n)
				}
			})
		},
		"BadRequest":   func(t *testing.T) { badRequests(t, theirs, ours) },
		"IsBadRequest": func(t *testing.T) { badRequests(t, theirs, ours) },
		"Refused":      cep21Refused,
		"OpenCircuit":  cep21OpenCircuit,
		"Consecutive": func(t *testing.T) {
			alike(t, cep21ed(cep21.Config{General: theirs.Consecutive()}), commanded(around(ours.Consecutive())),
				"f*4 s f*4 c f s", "x*4 . x*6 -")
		},
		"Opener": func(t *testing.T) {
			alike(t, cep21ed(cep21.Config{General: theirs.Opener()}),
				commanded(around(hystrix.Config{ErrorPercentThreshold: -1}, ours.Opener())), "f*50 h*4 s h s", "x*54 . x -")
		},
		"Closer": func(t *testing.T) {
			stock, fused := cep21ed(cep21.Config{General: theirs.Closer()}), commanded(around(ours.Closer()))
			alike(t, stock, fused, "f*20 s +5001ms s*4", "x*20 - .*4")
			differ(t, stock, fused, "f*20 +5001ms f s*3 +5001ms s*4", "x*21 .*2 - .*4", "x*21 -*3 .*4")
		},
		"Manager":        cep21Manager,
		"Update":         cep21Update,
		"RunMetrics":     cep21RunMetrics,
		"CircuitMetrics": cep21CircuitMetrics,
		"Stats":          cep21Stats,
		"EventStream":    cep21EventStream,
	}.run(t, theirs, ours)
}

// badRequests wants a caller's mistake to count neither way, and no fallback for it.
func badRequests(t *testing.T, theirs cep21Theirs, ours cep21Ours) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c, b := newCep21(), must(ours.Create())
		for range 50 {
			err := c.Execute(t.Context(), func(context.Context) error { return theirs.BadRequest(errFailed) },
				func(context.Context, error) error { t.Error("theirs: fallback"); return nil })
			err2 := b.Do(t.Context(), func(context.Context) error { return ours.BadRequest(errFailed) },
				func(context.Context, error) error { t.Error("ours: fallback"); return nil })
			if !theirs.IsBadRequest(err) || !ours.IsBadRequest(err2) || err.Error() != "failed" || err2.Error() != "failed" {
				t.Fatalf("theirs %v, ours %v", err, err2)
			}
		}
		if !errors.Is(ours.BadRequest(errFailed), errFailed) || theirs.IsBadRequest(errFailed) || ours.IsBadRequest(errFailed) {
			t.Error("the cause is lost, or any error is a bad request")
		}
	})
}

// hystrixStream wants a command named users within two seconds of a stream.
func hystrixStream(t *testing.T, h http.Handler, path string) {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	w := httptest.NewRecorder()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
	}()
	time.Sleep(2100 * time.Millisecond)
	leave()
	<-ended
	if body := w.Body.String(); !strings.Contains(body, `"type":"HystrixCommand"`) || !strings.Contains(body, `"name":"users"`) {
		t.Errorf("%s: %.300s", path, body)
	}
}

// kinds counts calls, as RunMetrics and Metrics of theirs and by ours.
type kinds map[string]int

func (k kinds) count(kind circuit.Kind, o circuit.Outcome, _ time.Duration) {
	if kind != circuit.KindPlain {
		k[kind.String()]++
	} else {
		k[o.String()]++
	}
}

func (k kinds) Success(context.Context, time.Time, time.Duration)       { k["success"]++ }
func (k kinds) ErrFailure(context.Context, time.Time, time.Duration)    { k["failure"]++ }
func (k kinds) ErrTimeout(context.Context, time.Time, time.Duration)    { k["timeout"]++ }
func (k kinds) ErrBadRequest(context.Context, time.Time, time.Duration) { k["bad request"]++ }
func (k kinds) ErrInterrupt(context.Context, time.Time, time.Duration)  { k["interrupt"]++ }
func (k kinds) ErrConcurrencyLimitReject(context.Context, time.Time)    { k["concurrency reject"]++ }
func (k kinds) ErrShortCircuit(context.Context, time.Time)              { k["short circuit"]++ }
func (k kinds) Opened(context.Context, time.Time)                       { k["opened"]++ }
func (k kinds) Closed(context.Context, time.Time)                       { k["closed"]++ }

// fiveTimeouts is a ClosedToOpen that opens at the fifth timeout.
type fiveTimeouts struct{ kinds }

func (f *fiveTimeouts) ShouldOpen(context.Context, time.Time) bool { return f.kinds["timeout"] >= 5 }
func (f *fiveTimeouts) Prevent(context.Context, time.Time) bool    { return false }
