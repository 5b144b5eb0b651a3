package credit_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
)

func ExampleNew() {
	b, err := credit.New(credit.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	backendDown := errors.New("no route to host")
	for range 8 {
		_ = circuit.Do(context.Background(), b, func(context.Context) error { return backendDown })
	}
	err = circuit.Do(context.Background(), b, func(context.Context) error { return nil })
	fmt.Println(errors.Is(err, circuit.ErrNotAllowed), b.Snapshot().State)
	// Output: true open
}

func ExampleNew_invalid() {
	_, err := credit.New(credit.Config{Threshold: 50, Purse: 1})
	fmt.Println(err)
	// Output:
	// credit: Threshold is 50, must be from 0.05 to 0.95
	// credit: Purse is 1, must be from 2 to 1000000
}
