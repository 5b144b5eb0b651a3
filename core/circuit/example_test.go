package circuit_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// fragile is a breaker that one failure opens for five seconds.
func fragile() *hystrix.Breaker {
	b, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 1, SleepWindow: 5 * time.Second})
	if err != nil {
		panic(err)
	}
	return b
}

func ExampleBreaker() {
	var b circuit.Breaker = fragile()
	call := func() error { return errors.New("connection reset") }

	for range 2 {
		if err := b.Allow(); err != nil {
			fmt.Println("refused:", err) // nothing is marked
			continue
		}
		if err := call(); err != nil {
			b.MarkFailed()
			fmt.Println("failed:", err)
			continue
		}
		b.MarkSuccess()
	}
	// Output:
	// failed: connection reset
	// refused: hystrix: call not allowed
}

func ExampleAcquire() {
	b := fragile()
	permit, err := circuit.Acquire(b)
	if err != nil {
		fmt.Println("refused:", err)
		return
	}
	// The call goes here. This one failed.
	permit.Failure()

	_, err = circuit.Acquire(b)
	fmt.Println(errors.Is(err, circuit.ErrNotAllowed))
	// Output: true
}

func ExampleDo() {
	b := fragile()
	ctx := context.Background()
	for range 2 {
		err := circuit.Do(ctx, b, func(context.Context) error {
			return errors.New("connection reset")
		})
		fmt.Println(err)
	}
	// Output:
	// connection reset
	// hystrix: call not allowed
}

func ExampleCall() {
	greeting, err := circuit.Call(context.Background(), fragile(), func(context.Context) (string, error) {
		return "hello", nil
	})
	fmt.Println(greeting, err)
	// Output: hello <nil>
}

func ExampleWithFallback() {
	err := circuit.Do(context.Background(), fragile(), func(context.Context) error {
		return errors.New("connection reset")
	}, circuit.WithFallback(func(_ context.Context, err error) error {
		fmt.Println("queued for later, because of:", err)
		return nil
	}))
	fmt.Println(err)
	// Output:
	// queued for later, because of: connection reset
	// <nil>
}

func ExampleWithFallbackValue() {
	price, err := circuit.Call(context.Background(), fragile(), func(context.Context) (int, error) {
		return 0, errors.New("connection reset")
	}, circuit.WithFallbackValue(func(context.Context, error) (int, error) {
		return 42, nil // yesterday's
	}))
	fmt.Println(price, err)
	// Output: 42 <nil>
}

func ExampleWithClassifier() {
	errNotFound := errors.New("no such user")
	b := fragile()
	err := circuit.Do(context.Background(), b, func(context.Context) error {
		return errNotFound
	}, circuit.WithClassifier(func(ctx context.Context, err error) circuit.Outcome {
		if errors.Is(err, errNotFound) {
			return circuit.Success // the callee served us well
		}
		return circuit.DefaultClassifier(ctx, err)
	}))
	fmt.Println(err)
	fmt.Println(b.Snapshot().State)
	// Output:
	// no such user
	// closed
}

func ExampleMarksRefusals() {
	engine := fragile()
	b := circuit.MarksRefusals(engine)

	// The caller marks refusals too, as Kratos' own middleware does.
	for range 3 {
		if err := b.Allow(); err != nil {
			b.MarkFailed()
			continue
		}
		b.MarkFailed()
	}
	total := engine.Snapshot().Total
	fmt.Println(total.Failures, "failed,", total.Refused, "refused")
	// Output: 1 failed, 2 refused
}

func ExampleRetryAfter() {
	b := fragile()
	b.MarkFailed()
	err := fmt.Errorf("greet: %w", b.Allow())

	if after, ok := circuit.RetryAfter(err); ok {
		fmt.Println("come back in a few seconds:", after > 4*time.Second && after <= 6*time.Second)
	}
	// Output: come back in a few seconds: true
}

func ExampleAs() {
	b := circuit.MarksRefusals(fragile())
	b.MarkFailed()
	if r, ok := circuit.As[circuit.Reporter](b); ok {
		fmt.Println(r.Snapshot().State)
	}
	if m, ok := circuit.As[circuit.ModeSetter](b); ok {
		_ = m.SetMode(circuit.ForceClose)
	}
	fmt.Println(b.Allow())
	// Output:
	// open
	// <nil>
}

func ExampleDisabled() {
	b := circuit.Disabled{} // for a key that is not to be guarded
	for range 1000 {
		b.MarkFailed()
	}
	fmt.Println(b.Allow())
	// Output: <nil>
}

func ExampleDefaultClassifier() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	fmt.Println(circuit.DefaultClassifier(ctx, ctx.Err()))
	fmt.Println(circuit.DefaultClassifier(context.Background(), context.DeadlineExceeded))
	// Output:
	// ignored
	// failure
}

func ExampleOutcomeOfHTTP() {
	for _, status := range []int{200, 404, 429, 499, 503} {
		fmt.Println(status, circuit.OutcomeOfHTTP(status, false))
	}
	fmt.Println("503 with Retry-After", circuit.OutcomeOfHTTP(503, true))
	// Output:
	// 200 success
	// 404 success
	// 429 overload
	// 499 ignored
	// 503 failure
	// 503 with Retry-After overload
}

func ExampleOutcomeOfGRPC() {
	const notFound, unavailable = 5, 14
	fmt.Println(circuit.OutcomeOfGRPC(notFound, false), circuit.OutcomeOfGRPC(unavailable, false))
	fmt.Println("with RetryInfo", circuit.OutcomeOfGRPC(unavailable, true))
	// Output:
	// success failure
	// with RetryInfo overload
}
