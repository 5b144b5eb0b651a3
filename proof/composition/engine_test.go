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

// live is what every engine's breaker is.
type live interface {
	circuit.Acquirer
	circuit.Reporter
	circuit.ModeSetter
	circuit.AdmissionCounter
}

// engine is a breaker of any package; its settings are numbered, and the last of them
// are wrong.
type engine interface {
	live
	change(config int) error
	valid(config int) bool
	probes() int    // in flight, at most, by the settings so far
	checked() int64 // health checks so far
}

type tuned[C any] struct {
	live
	update  func(C) error
	configs []C
	bound   func(C) int // of probes
	most    *atomic.Int64
	checks  *atomic.Int64
}

func newTuned[C any, B interface {
	live
	Update(C) error
}](b B, configs []C, config int, bound func(C) int, checks *atomic.Int64) engine {
	e := tuned[C]{live: b, update: b.Update, configs: configs, bound: bound, most: new(atomic.Int64), checks: checks}
	e.widen(config)
	return e
}

// widen has probes allow for those of a configuration.
func (e tuned[C]) widen(config int) {
	e.most.Store(max(e.most.Load(), int64(e.bound(e.configs[config]))))
}

func (e tuned[C]) change(i int) error {
	i %= len(e.configs)
	if e.valid(i) {
		e.widen(i)
	}
	return e.update(e.configs[i])
}

func (e tuned[C]) valid(i int) bool { return i%len(e.configs) < good(e.configs) }
func (e tuned[C]) probes() int      { return int(e.most.Load()) }
func (e tuned[C]) checked() int64   { return e.checks.Load() }

// lifetime is that of probes in every configuration: with a longer one, an Update would have
// expired ones count again. It is longer than what the books wait for, so that a probe that
// keeps its place is seen.
const lifetime = 5 * time.Second

var hystrixConfigs = []hystrix.Config{
	{RequestVolumeThreshold: 4, Window: time.Second, SleepWindow: 100 * ms, Probes: 2, SuccessesToClose: 2, ProbeLifetime: lifetime},
	{ErrorPercentThreshold: -1, ConsecutiveFailures: 2, SleepWindow: 20 * ms, MaxSleepWindow: 200 * ms, ProbeLifetime: lifetime},
	{RequestVolumeThreshold: 3, SlowCallDuration: 20 * ms, SlowCallPercentThreshold: 40, SleepWindow: 50 * ms, Probes: 3, ProbeLifetime: lifetime},
	{ConsecutiveFailures: 3, ProbeRatio: 0.5, Probes: 3, SuccessesToClose: 3, RampUp: 500 * ms, SleepWindow: 30 * ms, ProbeLifetime: lifetime},
	{ConsecutiveFailures: 1, MaxRetryAfter: 2 * time.Second, SleepWindow: 10 * ms, ProbeLifetime: lifetime},
	{ProbeLifetime: lifetime},
	{ProbeRatio: 2},
}

var creditConfigs = []credit.Config{
	{Depth: 2, Probes: 3, ProbeLifetime: lifetime, ProbeInterval: 50 * ms, TrialInterval: 50 * ms, MaxTrialInterval: 200 * ms},
	{Depth: 1, Purse: 2, Probes: 1, ProbeLifetime: lifetime, ProbeInterval: 10 * ms, TrialInterval: 10 * ms},
	{Probes: 3, ProbeLifetime: lifetime},
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
	checks := new(atomic.Int64)
	switch m.engine {
	case 2:
		return newTuned(must(credit.New(creditConfigs[m.config])), creditConfigs, m.config, func(c credit.Config) int { return c.Probes }, checks)
	case 3:
		return newTuned(must(sre.New(sreConfigs[m.config])), sreConfigs, m.config, func(sre.Config) int { return 0 }, checks)
	}
	var opts []hystrix.Option
	if m.open {
		opts = append(opts, hystrix.WithOpenRule(func() hystrix.Rule { return new(unlucky) }))
	}
	if m.closing {
		opts = append(opts, hystrix.WithCloseRule(func() hystrix.Rule { return new(convinced) }))
	}
	if m.check {
		opts = append(opts, hystrix.WithHealthCheck(w.ctx, hystrix.HealthCheck{Interval: m.interval, Healthy: 2, Check: func(ctx context.Context) error {
			checks.Add(1)
			return w.healthy(ctx)
		}}))
	}
	return newTuned(must(hystrix.New(hystrixConfigs[m.config], opts...)), hystrixConfigs, m.config, func(c hystrix.Config) int { return max(1, c.Probes) }, checks)
}

// healthy is the synthetic call.
func (w *world) healthy(ctx context.Context) error {
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
