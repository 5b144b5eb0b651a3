package guard_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/guard"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// Job is work of some queue that has a hook for middleware, and which this
// package knows nothing of.
type Job func(ctx context.Context) error

// Middleware is the adapter to it.
func Middleware(c guard.Config) func(name string, next Job) Job {
	g := guard.New(c, circuit.DefaultClassifier)
	return func(name string, next Job) Job {
		return func(ctx context.Context) error {
			permit, err := g.Acquire(name)
			if err != nil {
				return fmt.Errorf("job %s put off: %w", name, err)
			}
			outcome := circuit.Failure // stands if the job panics
			defer func() { permit.Done(outcome) }()
			err = next(ctx)
			outcome = g.Judge(ctx, err)
			return err
		}
	}
}

// An adapter is some fifteen lines.
func Example() {
	middleware := Middleware(guard.Config{
		Breaker: func(string) circuit.Breaker {
			b, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 1})
			if err != nil {
				panic(err)
			}
			return b
		},
		Observer: func(e circuit.Event) { fmt.Println(e.Key, "is", e.To) },
	})
	job := middleware("mail", func(context.Context) error { return errors.New("connection reset") })
	for range 2 {
		fmt.Println(job(context.Background()))
	}
	// Output:
	// mail is open
	// connection reset
	// job mail put off: hystrix: call not allowed
}
