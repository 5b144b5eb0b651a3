package circuitfailsafe_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/hedgepolicy"
	"github.com/failsafe-go/failsafe-go/timeout"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// Every engine spares a server that is down for a minute, under retries, and admits all
// calls again after it.
func TestOutageUnderEachEngine(t *testing.T) {
	const second = 50 // calls
	for name := range engines(t) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := engines(t)[name] // in the bubble, for its time
				executor := failsafe.With(circuitfailsafe.NewRetryPolicyBuilder[any]().Build(), circuitfailsafe.NewPolicy[any](b))
				// run makes calls for so long, and counts what reached the server, and who was refused.
				run := func(seconds int, err error) (reached, refused int) {
					for range seconds * second {
						if got := executor.Run(func() error { reached++; return err }); errors.Is(got, circuit.ErrNotAllowed) {
							refused++
						}
						time.Sleep(time.Second / second)
					}
					return reached, refused
				}
				if reached, refused := run(10, nil); reached != 10*second || refused != 0 {
					t.Errorf("before: %d reached, %d refused; want all and none", reached, refused)
				}
				reached, refused := run(60, errDown)
				if reached > 60*second/4 || refused < 60*second/2 {
					t.Errorf("outage: %d of %d reached, %d refused; want a quarter at most, and half at least", reached, 60*second, refused)
				}
				run(60, nil)
				if reached, refused := run(10, nil); reached != 10*second || refused != 0 {
					t.Errorf("a minute after: %d reached, %d refused; want all and none", reached, refused)
				}
			})
		})
	}
}

// Attempts of many executions, each with retries and hedges, over one policy: each has a
// permit of its own, which is settled once.
func TestManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{}
		executor := failsafe.With(
			circuitfailsafe.NewRetryPolicyBuilder[any]().Build(),
			hedgepolicy.NewBuilderWithDelay[any](time.Millisecond).WithMaxHedges(2).Build(),
			circuitfailsafe.NewPolicy[any](l),
			timeout.New[any](4*time.Millisecond),
		)
		var ran atomic.Int64
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				_ = executor.RunWithExecution(func(exec execution) error {
					ran.Add(1)
					if err := lasting(time.Duration(rand.IntN(6_000)) * time.Microsecond)(exec); err != nil {
						return err
					}
					if rand.IntN(2) == 0 {
						return errDown
					}
					return nil
				})
			})
		}
		wg.Wait()
		synctest.Wait() // for losers
		if n := ran.Load(); n < 200 || uint64(n) != l.admits {
			t.Errorf("%d attempts, %d permits; want a permit for each of at least 200", n, l.admits)
		}
		for token := uint64(1); token <= l.admits; token++ {
			if n := len(l.results[token]); n != 1 {
				t.Errorf("permit %d was settled %d times", token, n)
			}
		}
	})
}
