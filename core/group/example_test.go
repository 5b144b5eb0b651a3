package group_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

func newBreaker(string) circuit.Breaker {
	b, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 1})
	if err != nil {
		panic(err)
	}
	return b
}

func Example() {
	g := group.New(newBreaker, group.WithCap(1000))
	ctx := context.Background()
	_ = circuit.Do(ctx, g.Get("db-1:5432"), func(context.Context) error {
		return errors.New("connection reset")
	})
	for _, host := range []string{"db-1:5432", "db-2:5432"} {
		err := circuit.Do(ctx, g.Get(host), func(context.Context) error { return nil })
		fmt.Println(host, err)
	}
	// Output:
	// db-1:5432 hystrix: call not allowed
	// db-2:5432 <nil>
}

func ExampleWithOverride() {
	unguarded := func(string) circuit.Breaker { return nil }
	g := group.New(newBreaker, group.WithOverride("/healthz", unguarded))
	for _, path := range []string{"/users", "/healthz"} {
		b := g.Get(path)
		b.MarkFailed()
		fmt.Println(path, b.Allow())
	}
	// Output:
	// /users hystrix: call not allowed
	// /healthz <nil>
}

func ExampleWithObserver() {
	g := group.New(newBreaker, group.WithObserver(func(e circuit.Event) {
		fmt.Println(e.Key, "went from", e.From, "to", e.To, "by", e.Reason)
	}))
	g.Get("db-1:5432").MarkFailed()
	// Output: db-1:5432 went from closed to open by consecutive failures
}

func ExampleGroup_All() {
	g := group.New(newBreaker)
	g.Get("db-1:5432").MarkFailed()
	for key, b := range g.All() {
		if r, ok := circuit.As[circuit.Reporter](b); ok {
			fmt.Println(key, r.Snapshot().State)
		}
	}
	// Output: db-1:5432 open
}

func ExampleGroup_Observe() {
	g := group.New(newBreaker)
	b := g.Get("db-1:5432")
	stop := g.Observe(func(e circuit.Event) { fmt.Println(e.Key, e.To) })
	b.MarkFailed()
	stop()
	g.Get("db-2:5432").MarkFailed()
	// Output: db-1:5432 open
}

func ExampleGroup_Remove() {
	g := group.New(newBreaker)
	g.Get("db-1:5432").MarkFailed()
	fmt.Println(g.Remove("db-1:5432"))
	fmt.Println(g.Get("db-1:5432").Allow()) // a new breaker
	// Output:
	// true
	// <nil>
}

func ExampleGroup_Stats() {
	g := group.New(newBreaker, group.WithCap(1))
	g.Get("db-1:5432")
	g.Get("db-2:5432").MarkFailed() // takes the place of the idle one
	g.Get("db-3:5432")              // must not take that of a failing one
	fmt.Printf("%+v\n", g.Stats())
	// Output: {Len:1 Cap:1 Evicted:1 Overflowed:1}
}

// Each key has an engine, and five calls in flight at most.
func ExampleWithWrapper() {
	limited := func(_ string, b circuit.Breaker) circuit.Breaker {
		limit, err := bulkhead.New(bulkhead.Config{Max: 5})
		if err != nil {
			panic(err)
		}
		return bulkhead.Guard(b, limit)
	}
	g := group.New(newBreaker, group.WithWrapper(limited))
	b := g.Get("db-1:5432")
	for range 7 {
		if _, err := circuit.Acquire(b); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// bulkhead: too many calls in flight
	// bulkhead: too many calls in flight
}
