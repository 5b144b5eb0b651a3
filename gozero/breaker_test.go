package gozero_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/zeromicro/go-zero/core/breaker"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
	"github.com/go-fusebox/fusebox/gozero"
)

var engines = map[string]func() circuit.Breaker{
	"credit":  func() circuit.Breaker { return newCredit(credit.Config{}) },
	"sre":     func() circuit.Breaker { return newSRE(sre.Config{}) },
	"hystrix": func() circuit.Breaker { return newHystrix(hystrix.Config{}) },
}

var (
	errDown    = errors.New("down")
	errNoRows  = errors.New("no rows") // the acceptable one
	errInstead = errors.New("instead")
)

// doMethod is one of the eight, with what it takes.
type doMethod struct {
	name                      string
	ctx, fallback, acceptable bool
	do                        func(ctx context.Context, b breaker.Breaker, req func() error) error
}

func instead(error) error       { return errInstead }
func acceptable(err error) bool { return err == nil || errors.Is(err, errNoRows) }

var doMethods = []doMethod{
	{"Do", false, false, false, func(_ context.Context, b breaker.Breaker, req func() error) error { return b.Do(req) }},
	{"DoCtx", true, false, false, func(ctx context.Context, b breaker.Breaker, req func() error) error {
		return b.DoCtx(ctx, req)
	}},
	{"DoWithAcceptable", false, false, true, func(_ context.Context, b breaker.Breaker, req func() error) error {
		return b.DoWithAcceptable(req, acceptable)
	}},
	{"DoWithAcceptableCtx", true, false, true, func(ctx context.Context, b breaker.Breaker, req func() error) error {
		return b.DoWithAcceptableCtx(ctx, req, acceptable)
	}},
	{"DoWithFallback", false, true, false, func(_ context.Context, b breaker.Breaker, req func() error) error {
		return b.DoWithFallback(req, instead)
	}},
	{"DoWithFallbackCtx", true, true, false, func(ctx context.Context, b breaker.Breaker, req func() error) error {
		return b.DoWithFallbackCtx(ctx, req, instead)
	}},
	{"DoWithFallbackAcceptable", false, true, true, func(_ context.Context, b breaker.Breaker, req func() error) error {
		return b.DoWithFallbackAcceptable(req, instead, acceptable)
	}},
	{"DoWithFallbackAcceptableCtx", true, true, true, func(ctx context.Context, b breaker.Breaker, req func() error) error {
		return b.DoWithFallbackAcceptableCtx(ctx, req, instead, acceptable)
	}},
}

// The eight Do methods by the outcomes of a call, over two engines.
func TestBreakerDoMethods(t *testing.T) {
	failed, succeeded := circuit.Counts{Failures: 1}, circuit.Counts{Successes: 1}
	ignored, refused := circuit.Counts{Ignored: 1}, circuit.Counts{Refused: 1}
	for engine, newEngine := range engines {
		for _, m := range doMethods {
			t.Run(engine+"/"+m.name, func(t *testing.T) {
				noRows := failed
				if m.acceptable {
					noRows = succeeded
				}
				for _, returned := range []struct {
					err  error
					want circuit.Counts
				}{
					{nil, succeeded},
					{errDown, failed},
					{errNoRows, noRows},
					{fmt.Errorf("query: %w", context.DeadlineExceeded), failed},
					{fmt.Errorf("query: %w", context.Canceled), ignored},
					{fmt.Errorf("further down: %w", circuit.ErrNotAllowed), ignored},
					{fmt.Errorf("further down: %w", breaker.ErrServiceUnavailable), ignored},
				} {
					inner := newEngine()
					err := m.do(t.Context(), gozero.NewBreaker("db", inner), func() error { return returned.err })
					if !errors.Is(err, returned.err) {
						t.Errorf("returned %v, want %v", err, returned.err)
					}
					if got := snapshot(inner).Total; got != returned.want {
						t.Errorf("%v: counted %+v, want %+v", returned.err, got, returned.want)
					}
				}
				t.Run("panic", func(t *testing.T) {
					inner := newEngine()
					func() {
						defer func() {
							if p := recover(); p != "boom" {
								t.Errorf("recovered %v, want the same panic again", p)
							}
						}()
						_ = m.do(t.Context(), gozero.NewBreaker("db", inner), func() error { panic("boom") })
					}()
					if got := snapshot(inner).Total; got != failed {
						t.Errorf("counted %+v, want one failure", got)
					}
				})
				t.Run("Goexit", func(t *testing.T) {
					inner, ended := newEngine(), make(chan struct{})
					go func() {
						defer close(ended)
						_ = m.do(t.Context(), gozero.NewBreaker("db", inner), func() error { runtime.Goexit(); return nil })
					}()
					<-ended
					if got := snapshot(inner).Total; got != failed {
						t.Errorf("counted %+v, want one failure", got)
					}
				})
				t.Run("refused", func(t *testing.T) {
					inner := newEngine()
					must(t, inner.(circuit.ModeSetter).SetMode(circuit.ForceOpen))
					err := m.do(t.Context(), gozero.NewBreaker("db", inner), func() error { t.Error("called"); return nil })
					if m.fallback {
						if !errors.Is(err, errInstead) {
							t.Errorf("%v, want the fallback's error", err)
						}
					} else {
						wantRefusal(t, err)
					}
					if got := snapshot(inner).Total; got != refused {
						t.Errorf("counted %+v, want one refusal", got)
					}
				})
				t.Run("done on arrival", func(t *testing.T) {
					ctx, cancel := context.WithCancel(t.Context())
					cancel()
					inner, called := newEngine(), false
					err := m.do(ctx, gozero.NewBreaker("db", inner), func() error { called = true; return nil })
					if called == m.ctx || errors.Is(err, context.Canceled) != m.ctx {
						t.Errorf("called %v, returned %v", called, err)
					}
					if got := snapshot(inner).Total; m.ctx && got != (circuit.Counts{}) {
						t.Errorf("counted %+v, want nothing", got)
					}
				})
				t.Run("caller leaves", func(t *testing.T) {
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					inner, want := newEngine(), failed
					if m.ctx {
						want = ignored
					}
					err := m.do(ctx, gozero.NewBreaker("db", inner), func() error { cancel(); return errDown })
					if got := snapshot(inner).Total; !errors.Is(err, errDown) || got != want {
						t.Errorf("%v, counted %+v, want %+v", err, got, want)
					}
				})
			})
		}
	}
}

func TestBreakerOfNothingAdmitsAll(t *testing.T) {
	b := gozero.NewBreaker("none", nil)
	must(t, b.DoWithFallbackAcceptable(func() error { return nil }, nil, nil))
	p, err := b.Allow()
	must(t, err)
	p.Reject("nobody counts")
}

// As with go-zero's own, acceptable has the last word on a call without an error.
func TestAcceptableMayRejectACallWithoutAnError(t *testing.T) {
	inner := newHystrix(hystrix.Config{})
	b := gozero.NewBreaker("db", inner)
	must(t, b.DoWithAcceptable(func() error { return nil }, func(error) bool { return false }))
	if got, want := snapshot(inner).Total, (circuit.Counts{Failures: 1}); got != want {
		t.Errorf("counted %+v, want %+v", got, want)
	}
}
