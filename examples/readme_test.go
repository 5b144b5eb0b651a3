package examples_test

import (
	"context"
	"fmt"

	kerrors "github.com/go-kratos/kratos/v2/errors"
	"github.com/go-kratos/kratos/v2/middleware"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/kratos"
)

// The README takes this body.
func Example_settings() {
	settings := credit.Config{Threshold: 0.2, Depth: 5}
	if err := settings.Validate(); err != nil {
		fmt.Println(err) // names the field, its value and the bound
		return
	}
	breakers := group.New(func(key string) circuit.Breaker {
		b, _ := credit.New(settings) // valid, see above
		return b
	})
	client := kratos.Client( // the options are the same in every adapter
		kratos.WithGroup(breakers),
		kratos.WithObserver(func(e circuit.Event) {
			fmt.Printf("%s: %v to %v, %s\n", e.Key, e.From, e.To, e.Reason)
		}))

	failFiveTimes(client)

	for key, b := range breakers.All() {
		if r, ok := circuit.As[circuit.Reporter](b); ok {
			s := r.Snapshot()
			fmt.Printf("%s: %v, %d calls failed\n", key, s.State, s.Total.Failures)
		}
	}
	// Output:
	// (no transport): closed to open, too many failures
	// (no transport): open, 5 calls failed
}

// failFiveTimes calls through m outside of any transport.
func failFiveTimes(m middleware.Middleware) {
	call := m(func(context.Context, any) (any, error) { return nil, kerrors.ServiceUnavailable("DOWN", "") })
	for range 5 {
		_, _ = call(context.Background(), nil)
	}
}
