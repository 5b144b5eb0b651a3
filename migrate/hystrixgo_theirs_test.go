package migrate_test

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/afex/hystrix-go/hystrix"
	metricCollector "github.com/afex/hystrix-go/hystrix/metric_collector"
)

type hystrixGoTheirs struct{}

// A command, here with the defaults.
func (hystrixGoTheirs) Configure(name string) {
	hystrix.ConfigureCommand(name, hystrix.CommandConfig{
		Timeout:                1000, // ms
		MaxConcurrentRequests:  10,
		RequestVolumeThreshold: 20,
		SleepWindow:            5000, // ms
		ErrorPercentThreshold:  50,
	})
}

// A call with a fallback.
func (hystrixGoTheirs) Do(name string, fetch func() error, cached func(error) error) error {
	return hystrix.Do(name, fetch, cached)
}

// A call with a context.
func (hystrixGoTheirs) DoC(ctx context.Context, name string, fetch func(context.Context) error, cached func(context.Context, error) error) error {
	return hystrix.DoC(ctx, name, fetch, cached)
}

// A value.
func (hystrixGoTheirs) Value(ctx context.Context, name string, fetch func(context.Context) (string, error)) (string, error) {
	out := make(chan string, 1)
	err := hystrix.DoC(ctx, name, func(ctx context.Context) error {
		v, err := fetch(ctx)
		if err == nil {
			out <- v
		}
		return err
	}, nil)
	if err != nil {
		return "", err
	}
	return <-out, nil
}

// Don't wait.
func (hystrixGoTheirs) Go(name string, fetch func() error, cached func(error) error) chan error {
	errs := hystrix.Go(name, fetch, cached)
	return errs
}

// What became of it?
func (hystrixGoTheirs) Errors(err error) string {
	switch {
	case errors.Is(err, hystrix.ErrCircuitOpen):
		return "open"
	case errors.Is(err, hystrix.ErrMaxConcurrency):
		return "full"
	case errors.Is(err, hystrix.ErrTimeout):
		return "late"
	}
	return "other"
}

// The circuit of a name.
func (hystrixGoTheirs) GetCircuit(name string) (open bool, err error) {
	cb, _, err := hystrix.GetCircuit(name)
	if err != nil {
		return false, err
	}
	return cb.IsOpen(), nil
}

// By hand.
func (hystrixGoTheirs) Report(ctx context.Context, cb *hystrix.CircuitBreaker, fetch func(context.Context) error) error {
	if !cb.AllowRequest() {
		return hystrix.ErrCircuitOpen
	}
	start, event := time.Now(), "success"
	err := fetch(ctx)
	if err != nil {
		event = "failure"
	}
	_ = cb.ReportEvent([]string{event}, start, time.Since(start))
	return err
}

// Begin anew.
func (hystrixGoTheirs) Flush() {
	hystrix.Flush() // all circuits
}

// The settings in force.
func (hystrixGoTheirs) Settings(name string) time.Duration {
	return hystrix.GetCircuitSettings()[name].SleepWindow
}

// A metric collector.
func (hystrixGoTheirs) Collector(collector func(name string) metricCollector.MetricCollector) {
	metricCollector.Registry.Register(collector)
}

// Hystrix' dashboard.
func (hystrixGoTheirs) StreamHandler(mux *http.ServeMux) (stop func()) {
	s := hystrix.NewStreamHandler()
	s.Start()
	mux.Handle("/hystrix.stream", s)
	return s.Stop
}
