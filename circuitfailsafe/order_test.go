package circuitfailsafe_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/budget"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// outage is what became of calls to a server that is down.
type outage struct {
	reached  int // attempts that reached the server
	refusals int // by the breaker, of attempts

	// How calls ended.
	refused, overBudget, retried, failed int
}

// down makes the calls, each so long after the one before; attempts take 93 ms, so that
// no two things happen at once.
func down(b circuit.Reporter, calls int, every time.Duration, composition ...failsafe.Policy[any]) outage {
	var o outage
	var reached atomic.Int64
	errs := make(chan error, calls)
	executor := failsafe.With(composition...)
	var wg sync.WaitGroup
	for range calls {
		wg.Go(func() {
			errs <- executor.Run(func() error {
				reached.Add(1)
				time.Sleep(93 * time.Millisecond)
				return errDown
			})
		})
		time.Sleep(every)
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		switch {
		case errors.Is(err, circuit.ErrNotAllowed):
			o.refused++
		case errors.Is(err, budget.ErrExceeded):
			o.overBudget++
		case errors.Is(err, retrypolicy.ErrExceeded):
			o.retried++
		default:
			o.failed++
		}
	}
	o.reached = int(reached.Load())
	o.refusals = int(b.Snapshot().Total.Refused)
	return o
}

var tenFailures = hystrix.Config{RequestVolumeThreshold: 10, SleepWindow: time.Hour, SleepJitter: -1}

// How many attempts reach a server that is down, by where the breaker stands, which opens
// at ten failures. Every retry policy makes up to three attempts; the budget is failsafe's
// default, one retry in flight to five calls, or three.
func TestOrderOfRetryAndBreaker(t *testing.T) {
	type row struct {
		name        string
		composition func(circuit.Breaker) []failsafe.Policy[any]
		want        outage
	}
	ours, stock := circuitfailsafe.NewRetryPolicyBuilder[any], retrypolicy.NewBuilder[any]
	for _, load := range []struct {
		name  string
		calls int
		every time.Duration
		rows  []row
	}{
		{"one call after the other", 30, time.Second, []row{
			{"no breaker", alone(stock()), outage{reached: 90, retried: 30}},
			// The first attempt of the fourth call is the tenth failure.
			{"retry outside", outside(ours()), outage{reached: 10, refusals: 27, retried: 3, refused: 27}},
			// Each refusal is retried twice, by calls 5 to 30, and once by the fourth.
			{"stock retry outside", outside(stock()), outage{reached: 10, refusals: 80, retried: 3, refused: 27}},
			// Three attempts are one failure.
			{"retry inside", inside(ours()), outage{reached: 30, refusals: 20, retried: 10, refused: 20}},
			{"stock retry inside", inside(stock()), outage{reached: 30, refusals: 20, retried: 10, refused: 20}},
			// A budget is about what is in flight: it doesn't mind calls that come one by one.
			{"budget, no breaker", alone(bounded(stock())), outage{reached: 90, retried: 30}},
			{"budget, retry outside", outside(bounded(ours())), outage{reached: 10, refusals: 27, retried: 3, refused: 27}},
			{"budget, retry inside", inside(bounded(ours())), outage{reached: 30, refusals: 20, retried: 10, refused: 20}},
		}},
		{"all calls at once", 20, time.Millisecond, []row{
			{"no breaker", alone(stock()), outage{reached: 60, retried: 20}},
			// 20 calls are under way when the tenth failure comes; nine were retried by then.
			{"retry outside", outside(ours()), outage{reached: 29, refusals: 20, refused: 20}},
			{"stock retry outside", outside(stock()), outage{reached: 29, refusals: 31, refused: 20}},
			// The breaker hears of nothing before all is over.
			{"retry inside", inside(ours()), outage{reached: 60, retried: 20}},
			{"stock retry inside", inside(stock()), outage{reached: 60, retried: 20}},
			// Six first retries, when the sixth makes 5 of 25; then three second ones.
			{"budget, no breaker", alone(bounded(stock())), outage{reached: 29, retried: 3, overBudget: 17}},
			{"budget, retry outside", outside(bounded(ours())), outage{reached: 26, refusals: 3, refused: 3, overBudget: 17}},
			{"budget, retry inside", inside(bounded(ours())), outage{reached: 29, retried: 3, overBudget: 17}},
		}},
		{"100 calls a second", 200, 10 * time.Millisecond, []row{
			{"no breaker", alone(stock()), outage{reached: 600, retried: 200}},
			{"retry outside", outside(ours()), outage{reached: 28, refusals: 200, refused: 200}},
			{"stock retry outside", outside(stock()), outage{reached: 28, refusals: 572, refused: 200}},
			{"retry inside", inside(ours()), outage{reached: 111, refusals: 163, retried: 37, refused: 163}},
			{"stock retry inside", inside(stock()), outage{reached: 111, refusals: 163, retried: 37, refused: 163}},
			{"budget, no breaker", alone(bounded(stock())), outage{reached: 286, retried: 43, overBudget: 157}},
			{"budget, retry outside", outside(bounded(ours())), outage{reached: 23, refusals: 194, refused: 194, overBudget: 6}},
			{"budget, retry inside", inside(bounded(ours())), outage{reached: 37, refusals: 177, retried: 7, refused: 177, overBudget: 16}},
		}},
	} {
		for _, row := range load.rows {
			t.Run(load.name+"/"+row.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newHystrix(t, tenFailures)
					if got := down(b, load.calls, load.every, row.composition(b)...); got != row.want {
						t.Errorf("got %+v, want %+v", got, row.want)
					}
				})
			})
		}
	}
}

func bounded(r retrypolicy.Builder[any]) retrypolicy.Builder[any] { return r.WithBudget(budget.New()) }

func alone(r retrypolicy.Builder[any]) func(circuit.Breaker) []failsafe.Policy[any] {
	return func(circuit.Breaker) []failsafe.Policy[any] { return policies(r.Build()) }
}

func outside(r retrypolicy.Builder[any]) func(circuit.Breaker) []failsafe.Policy[any] {
	return func(b circuit.Breaker) []failsafe.Policy[any] {
		return policies(r.Build(), circuitfailsafe.NewPolicy[any](b))
	}
}

func inside(r retrypolicy.Builder[any]) func(circuit.Breaker) []failsafe.Policy[any] {
	return func(b circuit.Breaker) []failsafe.Policy[any] {
		return policies(circuitfailsafe.NewPolicy[any](b), r.Build())
	}
}

// A budget that is used up hides the refusal from a caller whose policy would retry it.
func TestBudgetHidesRefusals(t *testing.T) {
	for _, tt := range []struct {
		name                string
		retry               retrypolicy.Builder[any]
		refused, overBudget bool
	}{
		{"ours", circuitfailsafe.NewRetryPolicyBuilder[any](), true, false},
		{"stock", retrypolicy.NewBuilder[any](), false, true},
	} {
		used := budget.NewBuilder().WithMaxRate(-1).WithMinConcurrency(0).Build()
		executor := failsafe.With(tt.retry.WithBudget(used).Build(), circuitfailsafe.NewPolicy[any](&ledger{refuses: true}))
		err := executor.Run(nothing)
		if errors.Is(err, circuit.ErrNotAllowed) != tt.refused || errors.Is(err, budget.ErrExceeded) != tt.overBudget {
			t.Errorf("%s: %v; want a refusal: %t, a budget exceeded: %t", tt.name, err, tt.refused, tt.overBudget)
		}
	}
}
