package main

import (
	"context"
	"fmt"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/examples/internal/backend"
)

const (
	threshold = 10 // failures that open a breaker
	attempts  = threshold + 2
)

// newGroup makes breakers that open at the tenth failure, and stay so.
func newGroup() *group.Group {
	return group.New(func(string) circuit.Breaker {
		b, err := hystrix.New(hystrix.Config{RequestVolumeThreshold: threshold, SleepWindow: time.Hour, SleepJitter: -1})
		if err != nil {
			panic(err) // the settings are constant
		}
		return b
	})
}

// lane is one way for a call to go through a breaker.
type lane struct {
	name     string
	breakers *group.Group
	failing  *backend.Method
	call     func(ctx context.Context) error // of the failing method
	healthy  func(ctx context.Context) error // of the other
	kind     func(refusal error) string      // names how one shows at the client
}

// trial is what became of the calls of one lane with one fault.
type trial struct {
	lane    string
	reached int    // calls that the server saw
	refusal string // as the client saw it; empty when none of the calls was refused
	last    error
}

// row is one fault in all lanes.
type row struct {
	fault  string
	trials []trial
}

// try makes the calls with fresh breakers. The healthy method is called after
// each; that one of its calls fails is an error.
func (l lane) try(ctx context.Context) (trial, error) {
	for key := range l.breakers.All() {
		l.breakers.Remove(key)
	}
	t := trial{lane: l.name}
	before := l.failing.Calls()
	for range attempts {
		t.last = l.call(ctx)
		if err := l.healthy(ctx); err != nil {
			return t, fmt.Errorf("%s: the healthy method: %w", l.name, err)
		}
	}
	t.reached = l.failing.Calls() - before
	if t.reached < attempts {
		t.refusal = l.kind(t.last)
	}
	return t, nil
}

func tryAll(ctx context.Context, fault string, lanes []lane) (row, error) {
	r := row{fault: fault}
	for _, l := range lanes {
		t, err := l.try(ctx)
		if err != nil {
			return r, fmt.Errorf("%s: %w", fault, err)
		}
		r.trials = append(r.trials, t)
	}
	return r, nil
}
