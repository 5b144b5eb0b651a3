package hystrix_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

func fetch(context.Context) error { return errors.New("backend is down") }

// The README shows this.
func Example_readme() {
	b, err := credit.New(credit.Config{}) // or any other breaker
	if err != nil {
		fmt.Println(err)
		return
	}
	orders, err := hystrix.NewCommand("orders", b, hystrix.CommandConfig{Timeout: time.Second, MaxConcurrent: 100})
	if err != nil {
		fmt.Println(err)
		return
	}

	err = orders.Do(context.Background(), fetch, func(_ context.Context, err error) error {
		switch {
		case errors.Is(err, circuit.ErrNotAllowed):
			fmt.Println("not called:", err) // hystrix.ErrShortCircuit or ErrMaxConcurrency
		case errors.Is(err, hystrix.ErrTimeout):
			fmt.Println("too late:", err)
		default:
			fmt.Println("failed:", err)
		}
		return nil // answered from the cache
	})
	fmt.Println(err, orders.Stats().Failures, orders.Stats().FallbackSuccesses)
	// Output:
	// failed: backend is down
	// <nil> 1 1
}

// The README shows this.
func Example_readmeHealth() {
	ctx, cancel := context.WithCancel(context.Background()) // of the service
	defer cancel()
	b, err := hystrix.New(
		hystrix.Config{SlowCallDuration: time.Second, ProbeRatio: .1, SuccessesToClose: 5, RampUp: 30 * time.Second},
		hystrix.WithHealthCheck(ctx, hystrix.HealthCheck{Check: fetch, Interval: 2 * time.Second, Healthy: 3}))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(b.Snapshot().State)
	// Output: closed
}
