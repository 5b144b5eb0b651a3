package migrate_test

import (
	"context"
	"errors"
	"log"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-fusebox/fusebox/circuitadmin"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

type cep21Ours struct{}

// A breaker, of any engine, and what is around it. Without factories theirs never opens. A zero timeout or
// limit is a default there, a second and 10, and none here. Bad settings are an error.
func (cep21Ours) Create() (*hystrix.Command, error) {
	b, err := hystrix.New(hystrix.Config{
		RequestVolumeThreshold: 20,
		ErrorPercentThreshold:  50,
		SleepWindow:            5 * time.Second,
		SleepJitter:            -1, // none
	})
	if err != nil {
		return nil, err
	}
	return hystrix.NewCommand("users", b, hystrix.CommandConfig{
		Timeout:                time.Second,
		MaxConcurrent:          10,
		MaxConcurrentFallbacks: 10,
	})
}

// The fallback doesn't run for calls that their callers cancelled, and theirs does. A deadline of the
// caller's is a timeout here, an interrupt there. If it fails, the error holds both errors, theirs the
// fallback's alone. A panic counts as a failure and goes on; theirs doesn't count it. Theirs waits for what is
// late, and returns it, though it counts as a timeout; ours returns `ErrTimeout` in time.
func (cep21Ours) Execute(ctx context.Context, c *hystrix.Command, fetch func(context.Context) error, cached func(context.Context, error) error) error {
	return c.Do(ctx, fetch, cached)
}

// With a value.
func (cep21Ours) Run(ctx context.Context, c *hystrix.Command, fetch func(context.Context) (string, error)) (string, error) {
	return hystrix.Run(ctx, c, fetch, nil)
}

// With a `Timeout`, Do is theirs. Without one it is `Execute`: no goroutine, and the caller's deadline holds.
// What outlives the timeout keeps its place among `MaxConcurrent` until it returns; theirs gives it away.
func (cep21Ours) Go(ctx context.Context, c *hystrix.Command, fetch func(context.Context) error) error {
	return c.Do(ctx, fetch, nil)
}

// Counts neither way, and no fallback runs, with any engine and in every adapter.
func (cep21Ours) BadRequest(err error) error {
	return circuit.BadRequest(err)
}

func (cep21Ours) IsBadRequest(err error) bool {
	return errors.Is(err, circuit.ErrBadRequest)
}

// `circuit.ErrNotAllowed` is both. There are `ErrTimeout`, `ErrInterrupt` and `ErrMaxFallbacks`, too, and
// `circuit.RetryAfter(err)`.
func (cep21Ours) Refused(err error) (open, full bool) {
	open = errors.Is(err, hystrix.ErrShortCircuit)
	full = errors.Is(err, hystrix.ErrMaxConcurrency)
	return open, full
}

// It stays forced until it is released, or for a time; theirs goes on by itself, with a probe after its sleep
// window. `SetMode` does what `General.ForceOpen` and `ForcedClosed` do.
func (cep21Ours) OpenCircuit(b circuit.ModeSetter) (open, release func()) {
	open = func() { _ = b.Override(circuit.ForceOpen, 0) }
	return open, b.Release
}

func (cep21Ours) Consecutive() hystrix.Config {
	return hystrix.Config{
		ConsecutiveFailures:   5,
		ErrorPercentThreshold: -1, // no such rule
	}
}

// A rule is one method, or a function, and there is a new one for each period in which the breaker is closed.
func (cep21Ours) Opener() hystrix.Option {
	return hystrix.WithOpenRule(func() hystrix.Rule {
		var n atomic.Int64
		return hystrix.RuleFunc(func(
			s circuit.State, r circuit.Result,
		) circuit.State {
			if r.Kind == circuit.KindTimeout && n.Add(1) == 5 {
				return circuit.Open
			}
			return s
		})
	})
}

// A probe that fails opens ours for another sleep window; theirs goes on with the other two. Theirs allows 3
// calls each sleep window, ours 3 at once. Rules of your own to close: `hystrix.WithCloseRule`,
// `hystrix.WithHealthCheck`.
func (cep21Ours) Closer() hystrix.Config {
	return hystrix.Config{
		SleepWindow:      5 * time.Second,
		SleepJitter:      -1,
		Probes:           3,
		SuccessesToClose: 3,
	}
}

// A group makes what is missing, keeps 10,000 keys at most, and can be reloaded.
func (cep21Ours) Manager(breakers *group.Group) (one circuit.Breaker, open []string) {
	for key, b := range breakers.All() {
		r, ok := circuit.As[circuit.Reporter](b)
		if ok && r.Snapshot().State == circuit.Open {
			open = append(open, key)
		}
	}
	return breakers.Get("users"), open
}

// Checked whole, a bad one changes nothing; so does a breaker's, which takes its window along.
func (cep21Ours) Update(c *hystrix.Command) error {
	config := c.Config()
	config.Timeout = 2 * time.Second
	return c.Update(config)
}

// One function for all kinds.
func (cep21Ours) RunMetrics(count func(circuit.Kind, circuit.Outcome, time.Duration)) hystrix.CommandOption {
	return hystrix.WithAfter(func(
		_ context.Context, r circuit.Result, _ error,
	) {
		count(r.Kind, r.Outcome, r.Duration)
	})
}

// After the change, in order, with no lock held, and with the reason.
func (cep21Ours) CircuitMetrics(b *hystrix.Breaker) (stop func()) {
	return b.Observe(func(e circuit.Event) {
		log.Printf("%v to %v, %s", e.From, e.To, e.Reason)
	})
}

// Since its making; those of the window are in the breaker's `Snapshot`. Prometheus and OpenTelemetry:
// circuitprom, circuitotel.
func (cep21Ours) Stats(c *hystrix.Command) (failures, timeouts uint64) {
	s := c.Stats()
	return s.Failures, s.Timeouts
}

// Beside it, a page of our own and JSON. No goroutine while nobody looks.
func (cep21Ours) EventStream(breakers *group.Group, mux *http.ServeMux) error {
	admin, err := circuitadmin.New(map[string]*group.Group{
		"backends": breakers,
	})
	if err != nil {
		return err
	}
	mux.Handle("/breakers/", http.StripPrefix("/breakers", admin))
	return nil
}
