package examples_test

import (
	"context"
	"fmt"
	"time"

	kerrors "github.com/go-kratos/kratos/v2/errors"
	"github.com/go-kratos/kratos/v2/middleware"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/kratos"
)

// The README takes this body.
func Example_settings() {
	settings := hystrix.Config{ErrorPercentThreshold: 20, RequestVolumeThreshold: 10, SleepWindow: 2 * time.Second}
	if err := settings.Validate(); err != nil {
		fmt.Println(err) // names the field, its value and the bound
		return
	}
	breakers := group.New(func(key string) circuit.Breaker {
		b, _ := hystrix.New(settings) // valid, see above
		return b
	})
	client := kratos.Client( // the options are the same in every adapter
		kratos.WithGroup(breakers),
		kratos.WithObserver(func(e circuit.Event) {
			fmt.Printf("%s: %v to %v, %s\n", e.Key, e.From, e.To, e.Reason)
		}))

	failTenTimes(client)

	for key, b := range breakers.All() {
		if r, ok := circuit.As[circuit.Reporter](b); ok {
			s := r.Snapshot()
			fmt.Printf("%s: %v, %d calls failed\n", key, s.State, s.Window.Failures)
		}
	}
	// Output:
	// (no transport): closed to open, error percentage
	// (no transport): open, 10 calls failed
}

// failTenTimes calls through m outside of any transport.
func failTenTimes(m middleware.Middleware) {
	call := m(func(context.Context, any) (any, error) { return nil, kerrors.ServiceUnavailable("DOWN", "") })
	for range 10 {
		_, _ = call(context.Background(), nil)
	}
}
