package circuit_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
)

func fetch(context.Context) error { return errors.New("backend is down") }

// The README shows this.
func Example_readme() {
	b, err := credit.New(credit.Config{Depth: 2})
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
	// Output: credit: call not allowed
}

// The README shows this.
func Example_readmeDo() {
	b, err := credit.New(credit.Config{})
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
