package hystrix_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
)

// bareBreaker is what a framework brings along: it counts, and opens when it is told to.
type bareBreaker struct {
	open              bool
	successes, failed int
}

var errBareOpen = errors.New("not today")

func (b *bareBreaker) Allow() error {
	if b.open {
		return errBareOpen
	}
	return nil
}
func (b *bareBreaker) MarkSuccess() { b.successes++ }
func (b *bareBreaker) MarkFailed()  { b.failed++ }

// A command is the same over each engine; what differs is when they open.
func TestCommandOverEachEngine(t *testing.T) {
	engines := map[string]func() (circuit.Breaker, error){
		"credit":  func() (circuit.Breaker, error) { return credit.New(credit.Config{}) },
		"hystrix": func() (circuit.Breaker, error) { return hystrix.New(hystrix.Config{}) },
		"sre":     func() (circuit.Breaker, error) { return sre.New(sre.Config{}) },
	}
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, err := engine()
				if err != nil {
					t.Fatal(err)
				}
				reporter := b.(circuit.Reporter)
				c := newCommand(t, b, hystrix.CommandConfig{Timeout: commandTimeout})
				for range 1000 {
					if err := c.Do(t.Context(), runReturning(circuit.BadRequest(errOffer)), nil); !errors.Is(err, circuit.ErrBadRequest) {
						t.Fatalf("%v, want the bad request", err)
					}
					ctx, cancel := context.WithCancel(t.Context())
					err := c.Do(ctx, func(context.Context) error { cancel(); <-ctx.Done(); return ctx.Err() }, nil)
					if !errors.Is(err, hystrix.ErrInterrupt) {
						t.Fatalf("%v, want an interrupt", err)
					}
				}
				if got := reporter.Snapshot(); got.State != closed || got.Total != (circuit.Counts{Ignored: 2000}) {
					t.Errorf("%v with %+v, want closed: bad requests and interrupts never count", got.State, got.Total)
				}
				for range 1000 {
					if err := c.Do(t.Context(), runReturning(errOffer), nil); errors.Is(err, hystrix.ErrShortCircuit) {
						break
					}
				}
				shown, stats := reporter.Snapshot(), c.Stats()
				if shown.State != open || stats.ShortCircuits != 1 || shown.Total.Refused != 1 || shown.Total.Failures != stats.Failures {
					t.Errorf("%v with %+v and %+v, want it open, by as many failures as the command counts", shown.State, shown.Total, stats)
				}
				got := c.Do(t.Context(), runReturning(nil), nil)
				for range 20 { // sre admits a call now and then
					if errors.Is(got, hystrix.ErrShortCircuit) {
						break
					}
					got = c.Do(t.Context(), runReturning(errOffer), nil)
				}
				if want := "hystrix: offers: short circuit: " + name + ": call not allowed"; got == nil || got.Error() != want {
					t.Errorf("%v, want %s", got, want)
				}
			})
		})
	}
}

// Over a breaker that knows no permits, what is ignored marks nothing.
func TestCommandOverABareBreaker(t *testing.T) {
	b := &bareBreaker{}
	c := newCommand(t, b, hystrix.CommandConfig{})
	for _, err := range []error{nil, errOffer, circuit.BadRequest(errOffer), context.Canceled, context.DeadlineExceeded} {
		_ = c.Do(t.Context(), runReturning(err), nil)
	}
	if b.successes != 1 || b.failed != 2 {
		t.Errorf("%d successes and %d failures, want 1 and 2", b.successes, b.failed)
	}
	b.open = true
	err := c.Do(t.Context(), runReturning(nil), nil)
	if !errors.Is(err, errBareOpen) || !errors.Is(err, hystrix.ErrShortCircuit) || !errors.Is(err, circuit.ErrNotAllowed) {
		t.Errorf("%v, want a short circuit by what the breaker said", err)
	}
	if got := c.Stats(); got != (hystrix.Stats{Successes: 1, Failures: 1, Timeouts: 1, BadRequests: 1, Interrupts: 1, ShortCircuits: 1}) {
		t.Errorf("stats %+v, want one of each", got)
	}
}

// A command in a command: each judges by itself, and neither counts the other's refusals.
func TestCommandInACommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		below := &commandLedger{}
		inner, err := hystrix.NewCommand("price", below, hystrix.CommandConfig{Timeout: 20 * ms})
		if err != nil {
			t.Fatal(err)
		}
		outer := newCommand(t, nil, hystrix.CommandConfig{Timeout: commandTimeout})
		call := func(run func(context.Context) error) (text string, inners error) {
			inside := make(chan error, 1)
			err := outer.Do(t.Context(), func(ctx context.Context) error {
				err := inner.Do(ctx, run, nil)
				inside <- err
				return err
			}, nil)
			time.Sleep(s)
			return err.Error(), <-inside
		}
		got, inners := call(runSleeping(s, nil))
		if want := "hystrix: offers: timeout: not over within 10ms"; got != want && got != "hystrix: offers: timeout: "+inners.Error() {
			t.Errorf("%s, want %s", got, want)
		}
		if want := "hystrix: price: timeout: hystrix: offers: timeout: not over within 10ms"; inners.Error() != want {
			t.Errorf("inside: %v, want %s", inners, want)
		}
		below.refusal = errOffer
		if got, _ := call(runReturning(nil)); got != "hystrix: price: short circuit: backend is down" {
			t.Errorf("%s, want the inner one's error as it is", got)
		}
		err = outer.Do(t.Context(), func(ctx context.Context) error { return inner.Do(ctx, runReturning(nil), nil) },
			func(context.Context, error) error { return errBareOpen })
		if want := "hystrix: offers: hystrix: price: short circuit: backend is down; fallback: not today"; err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
		if got := outer.Stats(); got != (hystrix.Stats{Timeouts: 1, Ignored: 2, FallbackFailures: 1}) {
			t.Errorf("outer stats %+v, want a timeout, and two refusals further down", got)
		}
		if got := inner.Stats(); got != (hystrix.Stats{Timeouts: 1, ShortCircuits: 2}) {
			t.Errorf("inner stats %+v, want a timeout and two short circuits", got)
		}
	})
}

// The error of a short circuit is kept for the next one, which may be by someone else, as
// a bulkhead behind the breaker.
func TestShortCircuitsByTurns(t *testing.T) {
	l := &commandLedger{}
	c := newCommand(t, l, hystrix.CommandConfig{})
	for _, refusal := range []error{circuit.NewRefusal("credit", nil), circuit.NewRefusal("bulkhead", nil), errBareOpen} {
		for range 2 {
			l.refusal = refusal
			err := c.Do(t.Context(), runReturning(nil), nil)
			if want := "hystrix: offers: short circuit: " + refusal.Error(); err.Error() != want || !errors.Is(err, refusal) {
				t.Errorf("%v, want %s", err, want)
			}
		}
	}
}

// However calls end, and in whatever states the breaker is meanwhile, it gets back every
// permit that it gave.
func TestNoPermitIsLost(t *testing.T) {
	for name, b := range map[string]interface {
		circuit.Acquirer
		circuit.Reporter
		circuit.AdmissionCounter
	}{
		"credit":  commandMust(credit.New(credit.Config{})),
		"hystrix": commandMust(hystrix.New(hystrix.Config{SleepWindow: ms, Window: 50 * ms, Probes: 2})),
		"sre":     commandMust(sre.New(sre.Config{})),
	} {
		b.CountAdmissions()
		c := newCommand(t, b, hystrix.CommandConfig{Timeout: 300 * us, MaxConcurrent: 6},
			hystrix.WithLatePanic(func(context.Context, string, *hystrix.PanicError) {}))
		var all sync.WaitGroup
		for g := range 8 {
			all.Go(func() {
				for i := range 250 {
					returnsFrom(func() {
						defer func() { _ = recover() }()
						_ = c.Do(t.Context(), func(ctx context.Context) error {
							switch (g + i) % 9 {
							case 0:
								panic("boom")
							case 1:
								runtime.Goexit()
							case 2:
								return circuit.BadRequest(errOffer)
							case 3:
								<-ctx.Done()
								panic("late")
							case 4:
								return ctx.Err()
							case 5, 6:
								return errOffer
							}
							return nil
						}, nil)
					})
				}
			})
		}
		all.Wait()
		shown, stats := b.Snapshot(), c.Stats()
		ended := stats.Successes + stats.Failures + stats.Timeouts + stats.BadRequests + stats.ConcurrencyRejects
		if shown.InFlight != 0 || shown.Admitted != ended || shown.Total.Refused != stats.ShortCircuits || ended+stats.ShortCircuits != 8*250 {
			t.Errorf("%s: %d admitted, %d in flight, %d refused, and %+v; want none in flight, and all others to add up",
				name, shown.Admitted, shown.InFlight, shown.Total.Refused, stats)
		}
		if total := shown.Total; total.Failures != stats.Failures+stats.Timeouts || total.Successes != stats.Successes ||
			total.Ignored != stats.BadRequests+stats.ConcurrencyRejects {
			t.Errorf("%s: %+v, and %+v; want the same", name, total, stats)
		}
	}
}

func commandMust[B any](b B, err error) B {
	if err != nil {
		panic(err)
	}
	return b
}
