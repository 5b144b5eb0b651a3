package migrate_test

import (
	"context"
	"errors"
	"log"
	"time"

	"github.com/sony/gobreaker/v2"
)

type goBreakerTheirs struct{}

// A breaker at gobreaker's defaults: open after 6 failures in a row, for a minute.
func (goBreakerTheirs) Defaults() *gobreaker.CircuitBreaker[string] {
	return gobreaker.NewCircuitBreaker[string](gobreaker.Settings{})
}

// Open at a share of failures; three probes.
func (goBreakerTheirs) Settings() *gobreaker.CircuitBreaker[string] {
	return gobreaker.NewCircuitBreaker[string](gobreaker.Settings{
		Interval:     10 * time.Second,
		BucketPeriod: time.Second,
		Timeout:      5 * time.Second,
		MaxRequests:  3,
		ReadyToTrip: func(c gobreaker.Counts) bool {
			return c.Requests >= 20 &&
				c.TotalFailures*2 >= c.Requests
		},
	})
}

// A rule of your own.
func (goBreakerTheirs) ReadyToTrip() *gobreaker.CircuitBreaker[string] {
	return gobreaker.NewCircuitBreaker[string](gobreaker.Settings{
		ReadyToTrip: func(c gobreaker.Counts) bool {
			return c.TotalFailures >= 3
		},
	})
}

// A call.
func (goBreakerTheirs) Execute(cb *gobreaker.CircuitBreaker[string], fetch func() (string, error)) (string, error) {
	return cb.Execute(fetch)
}

// Which errors are successes, and which count neither way.
func (goBreakerTheirs) Judge() *gobreaker.CircuitBreaker[string] {
	return gobreaker.NewCircuitBreaker[string](gobreaker.Settings{
		IsSuccessful: func(err error) bool {
			return err == nil || errors.Is(err, errNotFound)
		},
		IsExcluded: func(err error) bool {
			return errors.Is(err, context.Canceled)
		},
	})
}

// Is it a refusal?
func (goBreakerTheirs) Refused(err error) bool {
	return errors.Is(err, gobreaker.ErrOpenState) ||
		errors.Is(err, gobreaker.ErrTooManyRequests)
}

// Hear of changes.
func (goBreakerTheirs) OnStateChange() *gobreaker.CircuitBreaker[string] {
	return gobreaker.NewCircuitBreaker[string](gobreaker.Settings{
		Name: "users",
		OnStateChange: func(
			name string, from, to gobreaker.State,
		) {
			log.Printf("%s: %v to %v", name, from, to)
		},
	})
}

// State and counts.
func (goBreakerTheirs) State(cb *gobreaker.CircuitBreaker[string]) (state string, failures uint32) {
	return cb.State().String(), cb.Counts().TotalFailures
}

// Two steps.
func (goBreakerTheirs) TwoStep(cb *gobreaker.TwoStepCircuitBreaker[string], fetch func() error) error {
	done, err := cb.Allow()
	if err != nil {
		return err
	}
	err = fetch()
	done(err)
	return err
}
