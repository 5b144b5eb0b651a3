package proof_test

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// hystrixModel is exact: without jitter, that breaker has no dice.
type hystrixModel struct {
	ledger
	configs   *[configs]hystrix.Config
	window    rolling
	inARow    int
	succeeded int

	wake, sleep time.Duration
	probes      [maxOps]trial
	out         int // how many probes there are
}

// trial is a probe: the permit, -1 for that of Allow.
type trial struct {
	permit int
	at     time.Duration
}

func (m *hystrixModel) set() *hystrix.Config { return &m.configs[m.config] }

func (m *hystrixModel) admit(permit int, _ bool) bool {
	if m.state == circuit.Closed {
		return true
	}
	if m.state == circuit.Open {
		if m.now < m.wake {
			return false
		}
		m.turn(circuit.HalfOpen)
		m.forget()
		m.succeeded = 0
	}
	if m.inFlight() >= m.set().Probes {
		return false
	}
	m.probes[m.out] = trial{permit, m.now}
	m.out++
	return true
}

func (m *hystrixModel) forget() { m.probes, m.out = [maxOps]trial{}, 0 }

func (m *hystrixModel) inFlight() (n int) {
	for _, p := range m.probes[:m.out] {
		if m.now-p.at < m.set().ProbeLifetime {
			n++
		}
	}
	return n
}

func (m *hystrixModel) settle(permit int, o circuit.Outcome) { m.outcome(permit, o) }

func (m *hystrixModel) mark(o circuit.Outcome) { m.outcome(-1, o) }

func (m *hystrixModel) outcome(permit int, o circuit.Outcome) {
	switch m.state {
	case circuit.Closed:
		m.count(o)
	case circuit.HalfOpen:
		i := slices.IndexFunc(m.probes[:m.out], func(p trial) bool { return p.permit == permit })
		if i < 0 {
			return
		}
		copy(m.probes[i:], m.probes[i+1:m.out])
		m.out--
		m.probes[m.out] = trial{}
		m.probed(o)
	}
}

func (m *hystrixModel) count(o circuit.Outcome) {
	switch o {
	case circuit.Ignored:
		return
	case circuit.Success:
		m.window.now(m.now).successes++
		m.inARow = 0
	default:
		m.window.now(m.now).failures++
		m.inARow++
	}
	c, sum := m.set(), m.window.sum()
	calls := sum.Successes + sum.Failures
	if c.ConsecutiveFailures > 0 && m.inARow >= c.ConsecutiveFailures ||
		calls >= uint64(c.RequestVolumeThreshold) && 100*float64(sum.Failures) >= c.ErrorPercentThreshold*float64(calls) {
		m.open()
	}
}

func (m *hystrixModel) probed(o circuit.Outcome) {
	switch o {
	case circuit.Ignored:
	case circuit.Failure:
		m.open()
	default:
		if m.succeeded++; m.succeeded >= m.set().SuccessesToClose {
			m.turn(circuit.Closed)
			m.reset()
		}
	}
}

func (m *hystrixModel) open() {
	m.turn(circuit.Open)
	m.sleep = max(m.set().SleepWindow, min(2*m.sleep, m.set().MaxSleepWindow))
	m.wake = m.now + m.sleep
}

func (m *hystrixModel) reset() {
	m.window.reset()
	m.inARow, m.succeeded, m.wake, m.sleep = 0, 0, 0, 0
	m.forget()
}

func (m *hystrixModel) passed()  { m.window.now(m.now) }
func (m *hystrixModel) changed() {}

func (m *hystrixModel) fits(s circuit.Snapshot) bool {
	var want circuit.Snapshot
	switch m.state {
	case circuit.Open:
		if want.RetryAfter = max(0, m.wake-m.now); want.RetryAfter > 0 {
			want.DropRatio = 1
		}
	case circuit.HalfOpen:
		if want.Probes = m.inFlight(); want.Probes >= m.set().Probes {
			want.DropRatio = 1
		}
	}
	return s.Window == m.window.sum() && s.DropRatio == m.ratio(want.DropRatio) &&
		s.Probes == want.Probes && s.RetryAfter == want.RetryAfter
}

func drawHystrix(src *rand.Rand) hystrix.Config {
	c := hystrix.Config{
		ErrorPercentThreshold:  []float64{30, 50, 50, 75, 100}[src.IntN(5)],
		RequestVolumeThreshold: 2 + src.IntN(5),
		ConsecutiveFailures:    []int{0, 0, 2, 3}[src.IntN(4)],
		Window:                 buckets * width,
		Buckets:                buckets,
		SleepWindow:            []time.Duration{time.Millisecond, 3 * time.Millisecond, 20 * time.Millisecond}[src.IntN(3)],
		SleepJitter:            -1,
		Probes:                 1 + src.IntN(3),
		SuccessesToClose:       1 + src.IntN(3),
		ProbeLifetime:          []time.Duration{5 * time.Millisecond, 30 * time.Millisecond, time.Second}[src.IntN(3)],
	}
	if src.IntN(2) == 0 {
		c.MaxSleepWindow = 3 * c.SleepWindow
	}
	return c
}
