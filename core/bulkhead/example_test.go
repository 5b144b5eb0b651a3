package bulkhead_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/group"
)

// Each key has a breaker and two places. This goes into any adapter by WithGroup.
func ExampleGuard() {
	g := group.New(func(string) circuit.Breaker {
		breaker, err := credit.New(credit.Config{})
		if err != nil {
			panic(err) // of settings that stand here
		}
		limit, err := bulkhead.New(bulkhead.Config{Max: 2})
		if err != nil {
			panic(err)
		}
		return bulkhead.Guard(breaker, limit)
	})

	var slow []circuit.Permit
	for range 3 {
		permit, err := circuit.Acquire(g.Get("/report"))
		if err != nil {
			fmt.Println(err, errors.Is(err, bulkhead.ErrFull), errors.Is(err, circuit.ErrNotAllowed))
			continue
		}
		slow = append(slow, permit)
	}
	_, err := circuit.Acquire(g.Get("/ping"))
	fmt.Println("/ping:", err)

	slow[0].Success()
	_, err = circuit.Acquire(g.Get("/report"))
	fmt.Println("/report:", err)
	// Output:
	// bulkhead: too many calls in flight true true
	// /ping: <nil>
	// /report: <nil>
}

// One limit for all methods of a host, with a breaker for each.
func ExampleGuard_shared() {
	host, err := bulkhead.New(bulkhead.Config{Max: 100})
	if err != nil {
		fmt.Println(err)
		return
	}
	g := group.New(func(string) circuit.Breaker {
		breaker, err := credit.New(credit.Config{})
		if err != nil {
			panic(err)
		}
		return bulkhead.Guard(breaker, host)
	})
	for _, method := range []string{"/list", "/get", "/get"} {
		if _, err := circuit.Acquire(g.Get(method)); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Printf("%+v\n", host.Stats())
	// Output: {InFlight:3 Max:100 Rejected:0 Expired:0}
}

// Without a breaker it limits only.
func ExampleNew() {
	limit, err := bulkhead.New(bulkhead.Config{Max: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	b := bulkhead.Guard(nil, limit)
	err = circuit.Do(context.Background(), b, func(ctx context.Context) error {
		return circuit.Do(ctx, b, func(context.Context) error { return nil })
	})
	fmt.Println(errors.Is(err, bulkhead.ErrFull))

	_, err = bulkhead.New(bulkhead.Config{})
	fmt.Println(err)
	// Output:
	// true
	// bulkhead: Max is 0, must be from 1 to 1000000
}

func ExampleBulkhead_Update() {
	limit, err := bulkhead.New(bulkhead.Config{Max: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	var c bulkhead.Config
	if err := json.Unmarshal([]byte(`{"max": 5, "lifetime": "1h"}`), &c); err != nil {
		fmt.Println(err)
	}
	fmt.Println(limit.Update(c), limit.Stats().Max, limit.Config().Lifetime)
	// Output: <nil> 5 1h0m0s
}

func ExampleOf() {
	limit, err := bulkhead.New(bulkhead.Config{Max: 8})
	if err != nil {
		fmt.Println(err)
		return
	}
	b := bulkhead.Guard(circuit.Disabled{}, limit)
	if _, err := circuit.Acquire(b); err != nil {
		fmt.Println(err)
	}
	if l, ok := bulkhead.Of(b); ok {
		fmt.Printf("%d of %d\n", l.Stats().InFlight, l.Stats().Max)
	}
	// Output: 1 of 8
}

// tokens is a limit of one's own: a channel of tokens.
type tokens chan struct{}

func (t tokens) Acquire() (circuit.Permit, error) {
	select {
	case t <- struct{}{}:
		return circuit.NewPermit(t, 0), nil
	default:
		return circuit.Permit{}, bulkhead.ErrFull
	}
}

func (t tokens) Settle(uint64, circuit.Outcome) { <-t }

func (t tokens) Stats() bulkhead.Stats { return bulkhead.Stats{InFlight: len(t), Max: cap(t)} }

func ExampleExpiring() {
	limit, err := bulkhead.Expiring(make(tokens, 1), time.Minute)
	if err != nil {
		fmt.Println(err)
		return
	}
	permit, err := limit.Acquire()
	fmt.Println(err)
	_, err = limit.Acquire()
	fmt.Println(err)
	permit.Success()
	permit.Success() // would take another call's token
	fmt.Printf("%+v\n", limit.Stats())
	// Output:
	// <nil>
	// bulkhead: too many calls in flight
	// {InFlight:0 Max:1 Rejected:1 Expired:0}
}
