package hystrix_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

func fetch(context.Context) error { return errors.New("backend is down") }

// The README shows this.
func Example_readme() {
	b, err := hystrix.New(hystrix.Config{RequestVolumeThreshold: 2, SleepWindow: time.Second})
	if err != nil {
		fmt.Println(err) // names the field, its value and the bound
		return
	}

	for range 3 {
		if err := b.Allow(); err != nil {
			fmt.Println(err) // refused: nothing is marked
			continue
		}
		if err := fetch(context.Background()); err != nil {
			b.MarkFailed()
			continue
		}
		b.MarkSuccess()
	}
	// Output: hystrix: call not allowed
}

// The README shows this.
func Example_readmeDo() {
	b, err := hystrix.New(hystrix.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}

	err = circuit.Do(context.Background(), b, fetch,
		circuit.WithFallback(func(_ context.Context, err error) error {
			fmt.Println("fallback:", err) // refused or failed
			return nil
		}))
	fmt.Println(err)
	// Output:
	// fallback: backend is down
	// <nil>
}
