package gozero_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/gozero"
)

func TestBreakerPromises(t *testing.T) {
	for engine, newEngine := range engines {
		t.Run(engine, func(t *testing.T) {
			inner := newEngine()
			b := gozero.NewBreaker("db", inner)
			if b.Name() != "db" {
				t.Errorf("name %q", b.Name())
			}
			accepted, err := b.Allow()
			must(t, err)
			accepted.Accept()
			rejected, err := b.AllowCtx(t.Context())
			must(t, err)
			rejected.Reject("500")
			done, cancel := context.WithCancel(t.Context())
			cancel()
			if p, err := b.AllowCtx(done); p != nil || !errors.Is(err, context.Canceled) {
				t.Errorf("done on arrival: %v, %v", p, err)
			}
			must(t, inner.(circuit.ModeSetter).SetMode(circuit.ForceOpen))
			p, err := b.Allow()
			wantRefusal(t, err)
			if p != nil {
				t.Errorf("a refusal came with the promise %v", p)
			}
			if got, want := snapshot(inner).Total, (circuit.Counts{Successes: 1, Failures: 1, Refused: 1}); got != want {
				t.Errorf("counted %+v, want %+v", got, want)
			}
		})
	}
}

// Rule 2: a promise that nobody keeps must not wedge the breaker. go-zero's
// interface alone can't tell, the permit behind the promise does.
func TestRule2_LostPromiseDoesNotWedgeTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := newHystrix(hystrix.Config{
			ConsecutiveFailures: 1, SleepWindow: time.Second, SleepJitter: -1, ProbeLifetime: 10 * time.Second,
		})
		b := gozero.NewBreaker("db", inner)
		if err := b.Do(func() error { return errDown }); !errors.Is(err, errDown) {
			t.Fatal(err)
		}
		wantRefusal(t, b.Do(func() error { return nil }))
		time.Sleep(time.Second)
		if _, err := b.Allow(); err != nil { // the probe, lost
			t.Fatal(err)
		}
		wantRefusal(t, b.Do(func() error { return nil }))
		time.Sleep(10 * time.Second)
		must(t, b.Do(func() error { return nil }))
		if got := snapshot(inner).State; got != circuit.Closed {
			t.Errorf("the breaker is %v, want closed", got)
		}
	})
}

// Rule 3 through go-zero's interface: a promise from before the breaker opened
// decides nothing afterwards.
func TestRule3_OldPromiseDecidesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := newHystrix(hystrix.Config{ConsecutiveFailures: 1, SleepWindow: time.Second, SleepJitter: -1})
		b := gozero.NewBreaker("db", inner)
		old, err := b.Allow()
		must(t, err)
		_ = b.Do(func() error { return errDown })
		time.Sleep(time.Second)
		probe, err := b.Allow()
		must(t, err)
		old.Accept()
		if got := snapshot(inner).State; got != circuit.HalfOpen {
			t.Errorf("an old promise made the breaker %v", got)
		}
		probe.Accept()
		if got := snapshot(inner).State; got != circuit.Closed {
			t.Errorf("the probe made the breaker %v, want closed", got)
		}
	})
}
