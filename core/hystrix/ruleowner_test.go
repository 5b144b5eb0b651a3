package hystrix_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// What belongs to the user, a Rule, its String, its start, a Check, may do as it likes:
// no lock is held, so that it may ask the breaker, and nothing that it does wedges it.

// asking is a rule that opens at once, for a reason that the breaker has to tell.
type asking struct{ b **hystrix.Breaker }

func (asking) See(circuit.State, circuit.Result) circuit.State { return open }
func (a asking) String() string                                { return "was " + (*a.b).Snapshot().State.String() }

// String was called under the lock, and a rule that asked the breaker there never returned.
func TestReasonMayAskTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b *hystrix.Breaker
		b = ruled(t, hystrix.Config{}, hystrix.WithOpenRule(same(asking{&b})))
		var reasons []string
		b.Observe(func(e circuit.Event) { reasons = append(reasons, e.Reason) })
		b.MarkSuccess()
		if want := []string{"was closed"}; !slices.Equal(reasons, want) {
			t.Errorf("opened for %q, want %q", reasons, want)
		}
	})
}

// Rules were made under a sync.Once, in which a start that used the breaker waited for itself.
func TestStartMayUseTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b *hystrix.Breaker
		var rules []*seen
		b = ruled(t, hystrix.Config{}, hystrix.WithOpenRule(func() hystrix.Rule {
			r := new(seen)
			if rules = append(rules, r); len(rules) == 1 {
				acquire(t, b).Success()
			}
			return r
		}))
		acquire(t, b).Failure()
		got := fmt.Sprint(rules[0].take(), rules[1].take())
		if want := "[] [closed: success, plain, 0s closed: failure, plain, 0s]"; got != want || len(rules) != 2 {
			t.Errorf("%d rules saw %v, want all in the one that was made first: %v", len(rules), got, want)
		}
	})
}

// whenWell closes with the first probe that succeeds.
var whenWell = hystrix.RuleFunc(func(s circuit.State, r circuit.Result) circuit.State {
	if s == halfOpen && r.Outcome == circuit.Success {
		return closed
	}
	return s
})

// A close rule that never came to be left the breaker half-open for good.
func TestStartThatPanicsIsCalledAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		b := ruled(t, hystrix.Config{ConsecutiveFailures: 1, SleepJitter: -1}, hystrix.WithCloseRule(func() hystrix.Rule {
			if calls++; calls == 1 {
				panic("start")
			}
			return whenWell
		}))
		b.MarkFailed()
		func() {
			defer func() {
				if got := recover(); got != "start" {
					t.Errorf("recovered %v, want the panic of start", got)
				}
			}()
			_ = b.Allow()
		}()
		time.Sleep(5 * s)
		acquire(t, b).Success()
		if got := b.Snapshot().State; got != closed || calls != 2 {
			t.Errorf("%v after %d calls of start, want closed after 2", got, calls)
		}
	})
}

// And so did a start that returned nil.
func TestWithoutACloseRuleProbesAreJudged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := hystrix.Config{ConsecutiveFailures: 1, SuccessesToClose: 3, SleepJitter: -1, SlowCallDuration: s}
		b := ruled(t, config, hystrix.WithCloseRule(func() hystrix.Rule { return nil }))
		var changes []string
		b.Observe(func(e circuit.Event) { changes = append(changes, e.Reason) })
		b.MarkFailed()
		for _, end := range []func(circuit.Permit){circuit.Permit.Failure, func(p circuit.Permit) { time.Sleep(s); p.Success() }} {
			_ = b.Allow()
			time.Sleep(5 * s)
			end(acquire(t, b))
		}
		time.Sleep(5 * s)
		acquire(t, b).Ignore()
		acquire(t, b).Success()
		_ = b.Allow()
		b.MarkSuccess()
		acquire(t, b).Success()
		want := []string{
			"consecutive failures", "sleep window over", "probe failed", "sleep window over", "slow probe", "sleep window over", "probes succeeded",
		}
		if !slices.Equal(changes, want) {
			t.Errorf("the changes were %q, want %q", changes, want)
		}
	})
}

// Rules had seen marks of calls that were admitted before, by which a rule that goes by
// successes alone closed the breaker, and a probe as often as it was settled.
func TestCloseRuleSeesEachProbeOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opening, closing := new(seen), new(seen)
		b := ruled(t, hystrix.Config{ConsecutiveFailures: 1, SleepJitter: -1},
			hystrix.WithOpenRule(same(opening)), hystrix.WithCloseRule(same(closing)))
		for range 3 {
			_ = b.Allow()
		}
		b.MarkFailed()
		b.MarkSuccess() // old news, as all that was admitted while closed
		time.Sleep(5 * s)
		probe := acquire(t, b)
		b.MarkSuccess() // old news
		probe.Failure()
		probe.Success()
		_ = b.Allow()
		b.MarkFailed()
		b.MarkSuccess() // nobody's
		if got, want := opening.take(), []string{"closed: failure, plain, 0s"}; !slices.Equal(got, want) {
			t.Errorf("the open rule saw %q, want %q", got, want)
		}
		if got, want := closing.take(), []string{"half-open: failure, plain, 0s", "half-open: failure, plain, 0s"}; !slices.Equal(got, want) {
			t.Errorf("the close rule saw %q, want %q", got, want)
		}
	})
}

// As all breakers of a group have it. New wrote the defaults into what all of them read:
// a race that go test -race finds.
func TestOptionsAreShared(t *testing.T) {
	check := hystrix.WithHealthCheck(t.Context(), hystrix.HealthCheck{Interval: ms, Check: func(context.Context) error { return nil }})
	rule := hystrix.WithCloseRule(same(whenWell))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			b, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 1, SleepWindow: time.Hour}, check, rule)
			if err != nil {
				t.Error(err)
				return
			}
			b.MarkFailed()
			for b.Snapshot().State == open {
				time.Sleep(100 * time.Microsecond)
			}
			acquire(t, b).Success()
			if got := b.Snapshot().State; got != closed {
				t.Errorf("%v, want closed", got)
			}
		})
	}
	all.Wait()
}

// Each opening left another goroutine behind in a Check that hangs.
func TestOneCheckHangsAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var begun atomic.Int64
		release := make(chan struct{})
		b := ruled(t, hystrix.Config{ConsecutiveFailures: 1, SleepJitter: -1}, hystrix.WithHealthCheck(t.Context(), hystrix.HealthCheck{
			Check: func(context.Context) error { begun.Add(1); <-release; return errors.New("ill") },
		}))
		for range 10 {
			b.MarkFailed()
			time.Sleep(7 * s) // Interval, Timeout, and the sleep window
			acquire(t, b).Success()
		}
		if got := b.Snapshot(); begun.Load() != 1 || got.State != closed || got.Entered.Closed != 10 {
			t.Errorf("%d checks began, and it closed %d times; want 1 and 10", begun.Load(), got.Entered.Closed)
		}
		close(release)
		b.MarkFailed()
		time.Sleep(2500 * ms)
		if begun.Load() != 3 {
			t.Errorf("%d checks after the one that hung, want 2", begun.Load()-1)
		}
		if err := b.SetMode(circuit.ForceClose); err != nil {
			t.Fatal(err)
		}
	})
}

// lasting is a context that never ends, and knows how many hang on it.
type lasting struct {
	context.Context
	children *atomic.Int64
}

func (lasting) Done() <-chan struct{} { return make(chan struct{}) }

// AfterFunc is what package context calls for each child, and stop when it is over.
func (l lasting) AfterFunc(func()) (stop func() bool) {
	l.children.Add(1)
	return func() bool { l.children.Add(-1); return true }
}

// The context is that of the whole program: an episode that is over must not hang on it.
func TestEpisodesLetGoOfTheirContext(t *testing.T) {
	for name, check := range map[string]func(context.Context) error{
		"closing":             func(context.Context) error { return nil },
		"the goroutine's end": func(context.Context) error { runtime.Goexit(); return nil },
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx := lasting{context.Background(), new(atomic.Int64)}
			b := ruled(t, hystrix.Config{ConsecutiveFailures: 1, SleepJitter: -1}, hystrix.WithHealthCheck(ctx, hystrix.HealthCheck{Check: check}))
			b.MarkFailed()
			if n := ctx.children.Load(); n != 1 {
				t.Fatalf("%d children while open, want 1", n)
			}
			time.Sleep(10 * s)
			acquire(t, b).Success()
			synctest.Wait()
			if n := ctx.children.Load(); n != 0 || b.Snapshot().State != closed {
				t.Errorf("after %s: %d children of the context, and %v; want none, closed", name, n, b.Snapshot().State)
			}
		})
	}
}
