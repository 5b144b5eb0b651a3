package migrate_test

import (
	"context"
	"errors"
	"log"
	"net/http"
	"time"

	"github.com/cep21/circuit/v4"
	"github.com/cep21/circuit/v4/closers/hystrix"
	"github.com/cep21/circuit/v4/closers/simplelogic"
	"github.com/cep21/circuit/v4/metriceventstream"
	"github.com/cep21/circuit/v4/metrics/rolling"
)

type cep21Theirs struct{}

// A circuit with Hystrix' logic, a timeout and limits.
func (cep21Theirs) Create(m *circuit.Manager) *circuit.Circuit {
	return m.MustCreateCircuit("users", circuit.Config{
		Execution: circuit.ExecutionConfig{
			Timeout:               time.Second,
			MaxConcurrentRequests: 10,
		},
		Fallback: circuit.FallbackConfig{
			MaxConcurrentRequests: 10,
		},
		General: circuit.GeneralConfig{
			ClosedToOpenFactory: hystrix.OpenerFactory(
				hystrix.ConfigureOpener{
					RequestVolumeThreshold:   20,
					ErrorThresholdPercentage: 50,
				}),
			OpenToClosedFactory: hystrix.CloserFactory(
				hystrix.ConfigureCloser{
					SleepWindow: 5 * time.Second,
				}),
		},
	})
}

// A call with a fallback.
func (cep21Theirs) Execute(ctx context.Context, c *circuit.Circuit, fetch func(context.Context) error, cached func(context.Context, error) error) error {
	return c.Execute(ctx, fetch, cached)
}

// A call without one.
func (cep21Theirs) Run(ctx context.Context, c *circuit.Circuit, fetch func(context.Context) (string, error)) (v string, err error) {
	err = c.Run(ctx, func(ctx context.Context) error {
		v, err = fetch(ctx)
		return err
	})
	return v, err
}

// Don't wait for what outlives the timeout.
func (cep21Theirs) Go(ctx context.Context, c *circuit.Circuit, fetch func(context.Context) error) error {
	return c.Go(ctx, fetch, nil)
}

// The caller's mistake.
func (cep21Theirs) BadRequest(err error) error {
	return circuit.SimpleBadRequest{Err: err}
}

// Was it one?
func (cep21Theirs) IsBadRequest(err error) bool {
	return circuit.IsBadRequest(err)
}

// Which refusal is it?
func (cep21Theirs) Refused(err error) (open, full bool) {
	var e circuit.Error
	if errors.As(err, &e) {
		open = e.CircuitOpen()
		full = e.ConcurrencyLimitReached()
	}
	return open, full
}

// Open and close by command.
func (cep21Theirs) OpenCircuit(ctx context.Context, c *circuit.Circuit) (open, release func()) {
	open = func() { c.OpenCircuit(ctx) }
	return open, func() { c.CloseCircuit(ctx) }
}

// Open after failures in a row.
func (cep21Theirs) Consecutive() circuit.GeneralConfig {
	opener := simplelogic.ConfigConsecutiveErrOpener{
		ErrorThreshold: 5,
	}
	return circuit.GeneralConfig{ClosedToOpenFactory: simplelogic.
		ConsecutiveErrOpenerFactory(opener)}
}

// A rule of your own to open.
func (cep21Theirs) Opener() circuit.GeneralConfig {
	return circuit.GeneralConfig{
		ClosedToOpenFactory: func() circuit.ClosedToOpen {
			return &fiveTimeouts{kinds{}} // 11 methods
		},
	}
}

// Several probes, several successes to close.
func (cep21Theirs) Closer() circuit.GeneralConfig {
	return circuit.GeneralConfig{
		OpenToClosedFactory: hystrix.CloserFactory(
			hystrix.ConfigureCloser{
				SleepWindow:                  5 * time.Second,
				HalfOpenAttempts:             3,
				RequiredConcurrentSuccessful: 3,
			}),
	}
}

// The circuits that there are.
func (cep21Theirs) Manager(m *circuit.Manager) (one *circuit.Circuit, open []string) {
	for _, c := range m.AllCircuits() {
		if c.IsOpen() {
			open = append(open, c.Name())
		}
	}
	return m.GetCircuit("users"), open
}

// Other settings, live.
func (cep21Theirs) Update(c *circuit.Circuit) error {
	config := c.Config()
	config.Execution.Timeout = 2 * time.Second
	c.SetConfigThreadSafe(config)
	return nil
}

// Hear of each call.
func (cep21Theirs) RunMetrics(m circuit.RunMetrics) circuit.Config {
	return circuit.Config{Metrics: circuit.MetricsCollectors{
		Run: []circuit.RunMetrics{m}, // seven methods
	}}
}

// Hear of changes.
func (cep21Theirs) CircuitMetrics(m circuit.Metrics) circuit.Config {
	return circuit.Config{Metrics: circuit.MetricsCollectors{
		Circuit: []circuit.Metrics{m}, // Opened and Closed
	}}
}

// Counts.
func (cep21Theirs) Stats(c *circuit.Circuit) (failures, timeouts int64) {
	now := time.Now()
	s := rolling.FindCommandMetrics(c)
	return s.ErrFailures.RollingSumAt(now),
		s.ErrTimeouts.RollingSumAt(now)
}

// Hystrix' dashboard.
func (cep21Theirs) EventStream(m *circuit.Manager, mux *http.ServeMux) (stop func() error, err error) {
	s := &metriceventstream.MetricEventStream{Manager: m}
	go func() { log.Print(s.Start()) }()
	mux.Handle("/hystrix.stream", s)
	return s.Close, nil
}
