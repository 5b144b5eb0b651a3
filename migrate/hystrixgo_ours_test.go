package migrate_test

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-fusebox/fusebox/circuitadmin"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

type hystrixGoOurs struct{}

// A value that you keep, not a name in a registry of the process, and a breaker of any engine. The breaker's
// three are the defaults of both; a zero timeout or limit is none here. Bad settings are an error. Sleep
// windows are stretched by up to a tenth, so that clients don't come back in step, unless `SleepJitter` is
// negative.
func (hystrixGoOurs) Configure(name string) (*hystrix.Command, error) {
	b, err := hystrix.New(hystrix.Config{
		RequestVolumeThreshold: 20,
		SleepWindow:            5 * time.Second,
		ErrorPercentThreshold:  50,
	})
	if err != nil {
		return nil, err
	}
	return hystrix.NewCommand(name, b, hystrix.CommandConfig{
		Timeout:       time.Second,
		MaxConcurrent: 10,
	})
}

// Without a `Timeout` there is no goroutine; theirs starts two for each call. A panic counts as a failure and
// reaches the caller; theirs ends the process.
func (hystrixGoOurs) Do(ctx context.Context, c *hystrix.Command, fetch func(context.Context) error, cached func(context.Context, error) error) error {
	return c.Do(ctx, fetch, cached)
}

// A call that its caller cancels counts neither way, and its fallback doesn't run; in theirs it runs, and the
// call counts among those that did not fail, as does one whose caller's deadline is over: here that is a
// timeout, and counts. At the timeout ctx ends; in theirs it goes on. What outlives the timeout keeps its place
// among `MaxConcurrent` until it returns; theirs gives it away.
func (hystrixGoOurs) DoC(ctx context.Context, c *hystrix.Command, fetch func(context.Context) error, cached func(context.Context, error) error) error {
	return c.Do(ctx, fetch, cached)
}

// No channel.
func (hystrixGoOurs) Value(ctx context.Context, c *hystrix.Command, fetch func(context.Context) (string, error)) (string, error) {
	return hystrix.Run(ctx, c, fetch, nil)
}

// Theirs sends errors alone, and nothing when all went well.
func (hystrixGoOurs) Go(ctx context.Context, c *hystrix.Command, fetch func(context.Context) error, cached func(context.Context, error) error) chan error {
	errs := make(chan error, 1)
	go func() { errs <- c.Do(ctx, fetch, cached) }()
	return errs
}

// A `*hystrix.CommandError` holds the cause and the fallback's error, where theirs has their texts. The first
// two are `circuit.ErrNotAllowed`, and `circuit.RetryAfter(err)` tells how long it stays open.
func (hystrixGoOurs) Errors(err error) string {
	switch {
	case errors.Is(err, hystrix.ErrShortCircuit):
		return "open"
	case errors.Is(err, hystrix.ErrMaxConcurrency):
		return "full"
	case errors.Is(err, hystrix.ErrTimeout):
		return "late"
	}
	return "other"
}

// Both stay open until a call comes after the sleep window. For many names: `breakers := group.New(factory)`,
// and `hystrix.NewCommand(name, breakers.Get(name), config)`.
func (hystrixGoOurs) GetCircuit(b *hystrix.Breaker) (open bool) {
	return b.Snapshot().State == circuit.Open
}

// Ours counts at once, theirs by a goroutine, some time later. Refusals, by breaker or limit, are no failures
// to ours; to theirs they are, so that a full pool opens the circuit.
func (hystrixGoOurs) Report(ctx context.Context, b circuit.Acquirer, fetch func(context.Context) error) error {
	permit, err := b.Acquire()
	if err != nil {
		return err
	}
	err = fetch(ctx)
	permit.Done(circuit.DefaultClassifier(ctx, err))
	return err
}

// One key.
func (hystrixGoOurs) Flush(breakers *group.Group) {
	breakers.Remove("users")
}

// `Update` changes them, live: of a breaker, of a command. A file of rules does so for a group.
func (hystrixGoOurs) Settings(b *hystrix.Breaker) time.Duration {
	return b.Config().SleepWindow
}

// For Prometheus and OpenTelemetry there are circuitprom and circuitotel; counts stand in `c.Stats()` and
// `b.Snapshot()`.
func (hystrixGoOurs) Collector(count func(circuit.Kind, circuit.Outcome, time.Duration)) hystrix.CommandOption {
	return hystrix.WithAfter(func(
		_ context.Context, r circuit.Result, _ error,
	) {
		count(r.Kind, r.Outcome, r.Duration)
	})
}

// Beside it, a page of our own and JSON. No goroutine while nobody looks. Latencies and pools are 0 in our
// stream.
func (hystrixGoOurs) StreamHandler(breakers *group.Group, mux *http.ServeMux) error {
	admin, err := circuitadmin.New(map[string]*group.Group{
		"backends": breakers,
	})
	if err != nil {
		return err
	}
	mux.Handle("/breakers/", http.StripPrefix("/breakers", admin))
	return nil
}
