package composition_test

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
)

// engine is a breaker of any package; its settings are numbered, and the last of them
// are wrong.
type engine interface {
	circuit.Acquirer
	circuit.Reporter
	circuit.ModeSetter
	circuit.AdmissionCounter
	change(config int) error
	valid(config int) bool
	probes() int // in flight, at most
}

type tuned[C any, B interface {
	circuit.Acquirer
	circuit.Reporter
	circuit.ModeSetter
	circuit.AdmissionCounter
	Update(C) error
}] struct {
	breaker B
	configs []C
	most    int // probes in flight
}

func (e tuned[C, B]) Allow() error                                   { return e.breaker.Allow() }
func (e tuned[C, B]) MarkSuccess()                                   { e.breaker.MarkSuccess() }
func (e tuned[C, B]) MarkFailed()                                    { e.breaker.MarkFailed() }
func (e tuned[C, B]) Acquire() (circuit.Permit, error)               { return e.breaker.Acquire() }
func (e tuned[C, B]) Snapshot() circuit.Snapshot                     { return e.breaker.Snapshot() }
func (e tuned[C, B]) SetMode(m circuit.Mode) error                   { return e.breaker.SetMode(m) }
func (e tuned[C, B]) Override(m circuit.Mode, d time.Duration) error { return e.breaker.Override(m, d) }
func (e tuned[C, B]) Release()                                       { e.breaker.Release() }
func (e tuned[C, B]) CountAdmissions()                               { e.breaker.CountAdmissions() }
func (e tuned[C, B]) change(i int) error                             { return e.breaker.Update(e.configs[i%len(e.configs)]) }
func (e tuned[C, B]) valid(i int) bool                               { return i%len(e.configs) < good(e.configs) }
func (e tuned[C, B]) probes() int                                    { return e.most }

// No configuration has more probes in flight, or expires them earlier.
const (
	mostProbes = 3
	lifetime   = time.Second
)

var hystrixConfigs = []hystrix.Config{
	{RequestVolumeThreshold: 4, Window: time.Second, SleepWindow: 100 * ms, Probes: 2, SuccessesToClose: 2, ProbeLifetime: time.Second},
	{ErrorPercentThreshold: -1, ConsecutiveFailures: 2, SleepWindow: 20 * ms, MaxSleepWindow: 200 * ms, ProbeLifetime: time.Second},
	{RequestVolumeThreshold: 3, SlowCallDuration: 20 * ms, SlowCallPercentThreshold: 40, SleepWindow: 50 * ms, Probes: mostProbes},
	{ConsecutiveFailures: 3, ProbeRatio: 0.5, Probes: mostProbes, SuccessesToClose: 3, RampUp: 500 * ms, SleepWindow: 30 * ms},
	{ConsecutiveFailures: 1, MaxRetryAfter: 2 * time.Second, SleepWindow: 10 * ms},
	{},
	{ProbeRatio: 2},
}

var creditConfigs = []credit.Config{
	{Depth: 2, Probes: mostProbes, ProbeLifetime: time.Second, ProbeInterval: 50 * ms, TrialInterval: 50 * ms, MaxTrialInterval: 200 * ms},
	{Depth: 1, Purse: 2, Probes: 1, ProbeInterval: 10 * ms, TrialInterval: 10 * ms},
	{Probes: mostProbes},
	{Gain: 3},
}

var sreConfigs = []sre.Config{
	{MinRequests: 2, Window: 500 * ms, ProbeInterval: 50 * ms},
	{K: 1.2, MinRequests: 1, CountRefusals: true},
	sre.Aegis(), sre.GoZero(), sre.Book(), {},
	{K: 0.5},
}

// good is how many configurations are right.
func good[C any](configs []C) int { return len(configs) - 1 }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// model is what engines are made of; the options are for hystrix alone.
type model struct {
	engine, config       int
	open, closing, check bool
	interval             time.Duration
}

func (t *tape) model() (m model) {
	m.engine = t.below(4)
	switch m.engine {
	case 0, 1:
		m.config = t.below(good(hystrixConfigs))
		options := t.below(8)
		m.open, m.closing, m.check = options&1 > 0, options&2 > 0, options&4 > 0
		m.interval = oneOf(t, 50*ms, 500*ms)
	case 2:
		m.config = t.below(good(creditConfigs))
	case 3:
		m.config = t.below(good(sreConfigs))
	}
	return m
}

func (w *world) engine(m model) engine {
	switch m.engine {
	case 2:
		return tuned[credit.Config, *credit.Breaker]{must(credit.New(creditConfigs[m.config])), creditConfigs, mostProbes}
	case 3:
		return tuned[sre.Config, *sre.Breaker]{must(sre.New(sreConfigs[m.config])), sreConfigs, 0}
	}
	var opts []hystrix.Option
	if m.open {
		opts = append(opts, hystrix.WithOpenRule(func() hystrix.Rule { return new(unlucky) }))
	}
	if m.closing {
		opts = append(opts, hystrix.WithCloseRule(func() hystrix.Rule { return new(convinced) }))
	}
	if m.check {
		opts = append(opts, hystrix.WithHealthCheck(w.ctx, hystrix.HealthCheck{Check: w.healthy, Interval: m.interval, Healthy: 2}))
	}
	return tuned[hystrix.Config, *hystrix.Breaker]{must(hystrix.New(hystrixConfigs[m.config], opts...)), hystrixConfigs, mostProbes}
}

// healthy is the synthetic call.
func (w *world) healthy(ctx context.Context) error {
	w.checks.Add(1)
	select {
	case <-time.After(2 * ms):
	case <-ctx.Done():
		return ctx.Err()
	}
	switch w.health.Load() {
	case 0:
		return nil
	case 1:
		return errors.New("not healthy")
	default:
		panic("in a health check")
	}
}

// unlucky opens at the third result in a period that is neither plain nor a rejected call.
type unlucky struct{ seen atomic.Int64 }

func (u *unlucky) See(s circuit.State, r circuit.Result) circuit.State {
	if r.Kind != circuit.KindPlain && r.Kind != circuit.KindConcurrencyReject && u.seen.Add(1) >= 3 {
		return circuit.Open
	}
	return s
}

// convinced closes after three successes, opens at a failure, and ends the sleep window
// after ten short circuits.
type convinced struct{ short, successes atomic.Int64 }

func (c *convinced) See(s circuit.State, r circuit.Result) circuit.State {
	switch {
	case r.Kind == circuit.KindShortCircuit:
		if c.short.Add(1) == 10 && s == circuit.Open {
			return circuit.HalfOpen
		}
	case r.Outcome == circuit.Success:
		if c.successes.Add(1) >= 3 {
			return circuit.Closed
		}
	case r.Outcome.Failed():
		return circuit.Open
	}
	return s
}
