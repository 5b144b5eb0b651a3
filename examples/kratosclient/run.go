package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/examples/internal/backend"
	"github.com/go-fusebox/fusebox/kratos"
)

// calls of each operation, during the fault and after it.
const calls = 15

// settings open a breaker at the tenth failure. The default engine, credit, would do
// as well; with this one, when probes pass isn't left to chance.
var settings = hystrix.Config{RequestVolumeThreshold: 10, SleepWindow: time.Second}

func newBreaker(string) circuit.Breaker {
	b, err := hystrix.New(settings)
	if err != nil {
		panic(err) // the settings are constant
	}
	return b
}

// report is what became of the calls.
type report struct {
	failed, refused, reached int   // SayHello during the fault; reached as the server counts
	healthy                  int   // SayGoodbye, answered during the fault
	refusal                  error // of the last refused call
	recovered                int   // SayHello, answered after the fault
	events                   []circuit.Event
}

// run calls both operations in turn, while SayHello fails and afterwards.
func run(ctx context.Context, server *backend.Server, dial dialer) (*report, error) {
	r := &report{}
	c, err := dial(ctx, server.Addr, kratos.Client(
		kratos.WithBreaker(newBreaker),
		kratos.WithObserver(func(e circuit.Event) { r.events = append(r.events, e) }), // calls come one by one, and so do events
	))
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.close() }()

	server.Hello.Fail(codes.Unavailable)
	for range calls {
		switch err := c.hello(ctx); {
		case err == nil:
			return nil, errors.New("SayHello answered in spite of its fault")
		case errors.Is(err, circuit.ErrNotAllowed):
			r.refused++
			r.refusal = err
		default:
			r.failed++
		}
		if err := c.goodbye(ctx); err != nil {
			return nil, fmt.Errorf("SayGoodbye: %w", err)
		}
		r.healthy++
	}
	r.reached = server.Hello.Calls()

	server.Hello.Heal()
	if err := wait(ctx, r.refusal); err != nil {
		return nil, err
	}
	for range calls {
		if err := c.hello(ctx); err != nil {
			return nil, fmt.Errorf("SayHello after the fault: %w", err)
		}
		r.recovered++
	}
	return r, nil
}

// wait does so for as long as the refusal says.
func wait(ctx context.Context, refusal error) error {
	after, ok := circuit.RetryAfter(refusal)
	if !ok {
		return errors.New("SayHello was not refused")
	}
	select {
	case <-time.After(after):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
