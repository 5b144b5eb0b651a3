package circuitslog_test

import (
	"log/slog"
	"os"

	"github.com/go-fusebox/fusebox/circuitslog"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// standard is a logger of which examples can show what it writes.
func standard() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "lasted" || a.Key == "over" {
				return slog.Attr{}
			}
			return a
		},
	}))
}

// What a group does is written from here on; what it refused meanwhile, when it is over.
func ExampleFollow() {
	g := group.New(func(string) circuit.Breaker {
		b, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 1})
		if err != nil {
			panic(err)
		}
		return b
	})
	stop := circuitslog.Follow(g, standard())
	defer stop()

	users := g.Get("users")
	for range 1000 {
		if users.Allow() == nil {
			users.MarkFailed()
		}
	}
	// Output:
	// level=WARN msg="circuit breaker opened" key=users from=closed to=open reason="consecutive failures" engine=hystrix window.successes=0 window.failures=1 window.refused=0
	// level=WARN msg="circuit breaker refuses calls" key=users state=open refused=999
}

// An observer goes where an adapter, a group or a breaker takes one.
func ExampleObserver() {
	b, err := hystrix.New(hystrix.Config{})
	if err != nil {
		panic(err)
	}
	g := group.New(func(string) circuit.Breaker { return b },
		group.WithObserver(circuitslog.Observer(standard(), circuitslog.WithLimit(100))))
	g.Get("users")
	_ = b.SetMode(circuit.ForceOpen)
	_ = b.Allow()
	_ = b.SetMode(circuit.Auto)
	// Output:
	// level=WARN msg="circuit breaker opened" key=users from=closed to=open reason="mode force-open" engine=hystrix window.successes=0 window.failures=0 window.refused=0
	// level=INFO msg="circuit breaker closed" key=users from=open to=closed reason="mode auto" engine=hystrix mode=force-open window.successes=0 window.failures=0 window.refused=0 refused=1
}
