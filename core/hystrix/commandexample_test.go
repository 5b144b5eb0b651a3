package hystrix_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// Ask for the hot offer; show a cold one when there is none.
func ExampleCommand_Do() {
	breaker, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	offers, err := hystrix.NewCommand("offers", breaker, hystrix.CommandConfig{
		Timeout:       time.Second,
		MaxConcurrent: 100,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 3 {
		err := offers.Do(context.Background(), func(ctx context.Context) error {
			return errors.New("partner is down")
		}, func(ctx context.Context, err error) error {
			fmt.Println("cold offer:", err)
			return nil
		})
		if err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// cold offer: partner is down
	// cold offer: partner is down
	// cold offer: hystrix: offers: short circuit: hystrix: call not allowed
}

func ExampleRun() {
	prices, err := hystrix.NewCommand("prices", nil, hystrix.CommandConfig{}) // nil: no breaker
	if err != nil {
		fmt.Println(err)
		return
	}
	price, err := hystrix.Run(context.Background(), prices, func(context.Context) (int, error) {
		return 0, errors.New("no such offer")
	}, func(context.Context, error) (int, error) {
		return 99, nil // the list price
	})
	fmt.Println(price, err)
	// Output: 99 <nil>
}

// Why a call failed.
func ExampleCommandError() {
	offers, err := hystrix.NewCommand("offers", nil, hystrix.CommandConfig{Timeout: time.Millisecond})
	if err != nil {
		fmt.Println(err)
		return
	}
	answer := make(chan error)
	defer close(answer) // the goroutine of run ends with run
	err = offers.Do(context.Background(), func(context.Context) error { return <-answer }, nil)
	fmt.Println(err)
	switch {
	case errors.Is(err, circuit.ErrBadRequest):
		fmt.Println("our mistake")
	case errors.Is(err, hystrix.ErrInterrupt):
		fmt.Println("nobody waits any more")
	case errors.Is(err, circuit.ErrNotAllowed): // ErrShortCircuit and ErrMaxConcurrency alike
		fmt.Println("not asked, try later")
	case errors.Is(err, hystrix.ErrTimeout):
		fmt.Println("too late")
	}
	if e, ok := errors.AsType[*hystrix.CommandError](err); ok {
		fmt.Println(e.Command, e.Kind)
	}
	// Output:
	// hystrix: offers: timeout: not over within 1ms
	// too late
	// offers timeout
}

// A caller's mistake is returned as it is, and leaves the breaker alone.
func ExampleCommand_Do_badRequest() {
	breaker, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	offers, err := hystrix.NewCommand("offers", breaker, hystrix.CommandConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = offers.Do(context.Background(), func(context.Context) error {
		return circuit.BadRequest(errors.New("which offer?"))
	}, nil)
	fmt.Println(err, errors.Is(err, circuit.ErrBadRequest))
	fmt.Println(breaker.Snapshot().State, offers.Stats().BadRequests)
	// Output:
	// which offer? true
	// closed 1
}

func ExampleNewCommand() {
	_, err := hystrix.NewCommand("offers", nil, hystrix.CommandConfig{MaxConcurrent: -1})
	fmt.Println(err)
	// Output: hystrix: MaxConcurrent is -1, must be from 0 to 1000000000
}

func ExampleCommandConfig() {
	c := hystrix.CommandConfig{MaxConcurrent: 100} // what the file doesn't have stays
	if err := json.Unmarshal([]byte(`{"timeout": "250ms", "maxConcurrentFallbacks": 10}`), &c); err != nil {
		fmt.Println(err)
	}
	data, err := json.Marshal(c)
	fmt.Println(string(data), err)
	// Output: {"timeout":"250ms","maxConcurrent":100,"maxConcurrentFallbacks":10} <nil>
}

func ExampleCommand_Update() {
	offers, err := hystrix.NewCommand("offers", nil, hystrix.CommandConfig{Timeout: time.Second})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(offers.Update(hystrix.CommandConfig{Timeout: 250 * time.Millisecond}))
	fmt.Println(offers.Update(hystrix.CommandConfig{Timeout: 250})) // who meant milliseconds
	fmt.Println(offers.Config().Timeout)
	// Output:
	// <nil>
	// hystrix: Timeout is 250ns, must be from 100µs to 24h0m0s
	// 250ms
}

func ExampleCommand_Stats() {
	offers, err := hystrix.NewCommand("offers", nil, hystrix.CommandConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	cold := func(context.Context, error) error { return nil }
	for _, err := range []error{nil, nil, errors.New("down"), circuit.BadRequest(errors.New("which offer?"))} {
		_ = offers.Do(context.Background(), func(context.Context) error { return err }, cold)
	}
	s := offers.Stats()
	fmt.Println(s.Successes, s.Failures, s.BadRequests, s.FallbackSuccesses)
	// Output: 2 1 1 1
}

func ExampleWithAfter() {
	offers, err := hystrix.NewCommand("offers", nil, hystrix.CommandConfig{},
		hystrix.WithBefore(func(context.Context) { fmt.Println("before") }),
		hystrix.WithAfter(func(_ context.Context, r circuit.Result, err error) {
			fmt.Println("after:", r.Outcome, r.Kind, err)
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = offers.Do(context.Background(), func(context.Context) error { return context.DeadlineExceeded }, nil)
	// Output:
	// before
	// after: failure timeout hystrix: offers: timeout: context deadline exceeded
}

// Here a sold-out offer is an answer like any other.
func ExampleWithCommandClassifier() {
	errSoldOut := errors.New("sold out")
	offers, err := hystrix.NewCommand("offers", nil, hystrix.CommandConfig{},
		hystrix.WithCommandClassifier(func(ctx context.Context, err error) circuit.Outcome {
			if errors.Is(err, errSoldOut) {
				return circuit.Success
			}
			return circuit.DefaultClassifier(ctx, err)
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	err = offers.Do(context.Background(), func(context.Context) error { return errSoldOut }, nil)
	fmt.Println(err, offers.Stats().Successes)
	// Output: sold out 1
}

// A panic that comes when nobody waits for the call any more.
func ExampleWithLatePanic() {
	heard := make(chan string)
	offers, err := hystrix.NewCommand("offers", nil, hystrix.CommandConfig{Timeout: time.Millisecond},
		hystrix.WithLatePanic(func(_ context.Context, command string, p *hystrix.PanicError) {
			heard <- fmt.Sprintf("%s: %v", command, p.Value) // p.Stack tells where
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	goOn := make(chan bool)
	err = offers.Do(context.Background(), func(context.Context) error {
		<-goOn
		panic("index out of range")
	}, nil)
	fmt.Println(errors.Is(err, hystrix.ErrTimeout))
	close(goOn)
	fmt.Println(<-heard)
	// Output:
	// true
	// offers: index out of range
}
