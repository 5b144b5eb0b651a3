package hystrix_test

import (
	"slices"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// model is the breaker by its doc: it keeps every result with its time, and
// looks through them all when it has to decide. It has no jitter.
type model struct {
	config  hystrix.Config // no field is left to its default
	state   circuit.State
	period  int // of the state: the first, the second …
	results []result

	wake, sleep time.Duration
	until       time.Duration // the callee asked to be left alone until then
	probes      []*call       // that were admitted and have not ended
	successes   int
}

type result struct {
	at     time.Duration
	failed bool
	slow   bool
}

// call is one that was admitted, and may or may not have ended.
type call struct {
	permit circuit.Permit
	bare   bool // admitted by Allow
	timed  bool
	period int
	at     time.Duration
}

// since is when the call began, as far as a breaker knows in that state.
func (c *call) since(s circuit.State) time.Duration {
	const step = 10 * time.Microsecond
	if s == circuit.HalfOpen {
		return c.at
	}
	return (c.at + step - 1) / step * step
}

func (m *model) width() time.Duration { return m.config.Window / time.Duration(m.config.Buckets) }

func (m *model) counts(now time.Duration) (c circuit.Counts) {
	oldest := now/m.width() - time.Duration(m.config.Buckets) + 1 // the bucket's number
	for _, r := range m.results {
		switch {
		case r.at/m.width() < oldest:
		case r.failed:
			c.Failures++
		default:
			c.Successes++
		}
	}
	return c
}

func (m *model) slow(now time.Duration) (n uint64) {
	oldest := now/m.width() - time.Duration(m.config.Buckets) + 1
	for _, r := range m.results {
		if r.slow && r.at/m.width() >= oldest {
			n++
		}
	}
	return n
}

func (m *model) inARow() (n int) {
	for i := len(m.results) - 1; i >= 0 && m.results[i].failed; i-- {
		n++
	}
	return n
}

// update takes each result for as old as its bucket's end, when the buckets
// change, as a breaker must that knows no better.
func (m *model) update(now time.Duration, c hystrix.Config) {
	if c.Window != m.config.Window || c.Buckets != m.config.Buckets {
		for i, r := range m.results {
			bucket := r.at / m.width()
			if bucket <= now/m.width()-time.Duration(m.config.Buckets) {
				m.results[i].at = gone
				continue
			}
			m.results[i].at = min(now, (bucket+1)*m.width()-1)
		}
	}
	m.config = c
}

// gone is the time of a result that is in no window, but may stand in a row.
const gone = -time.Hour

func (m *model) inFlight(now time.Duration) (n int) {
	for _, p := range m.probes {
		if now-p.at < m.config.ProbeLifetime {
			n++
		}
	}
	return n
}

func (m *model) turn(to circuit.State) {
	m.state = to
	m.period++
	m.probes, m.successes = nil, 0
}

func (m *model) asked(now time.Duration, bare bool) (*call, bool) {
	if m.state == circuit.Open {
		if now < m.wake {
			return nil, false
		}
		m.turn(circuit.HalfOpen)
	}
	c := &call{bare: bare, timed: m.config.SlowCallDuration > 0, period: m.period, at: now}
	if m.state == circuit.HalfOpen {
		n := m.inFlight(now)
		if n >= m.config.Probes {
			return nil, false
		}
		m.probes = m.probes[max(0, len(m.probes)-n-64):] // more lost ones are not remembered
		m.probes = append(m.probes, c)
	}
	return c, true
}

func (m *model) ended(now time.Duration, c *call, o circuit.Outcome, retryAfter time.Duration) {
	if c.period != m.period {
		return
	}
	if o == circuit.Failure && retryAfter > 0 { // of a probe that is forgotten, too
		m.until = now + min(retryAfter, m.config.MaxRetryAfter)
	}
	if m.state == circuit.Closed || slices.Contains(m.probes, c) {
		m.outcome(now, c, o)
	}
}

func (m *model) marked(now time.Duration, o circuit.Outcome) {
	i := slices.IndexFunc(m.probes, func(c *call) bool { return c.bare })
	switch {
	case m.state == circuit.Closed:
		m.outcome(now, nil, o)
	case i >= 0:
		m.outcome(now, m.probes[i], o)
	}
}

func (m *model) outcome(now time.Duration, c *call, o circuit.Outcome) {
	m.probes = slices.DeleteFunc(m.probes, func(p *call) bool { return p == c })
	// A closed breaker times only what it admitted with the rule in force.
	slow := m.config.SlowCallDuration > 0 && c != nil && !c.bare && (c.timed || m.state == circuit.HalfOpen) &&
		now-c.since(m.state) >= m.config.SlowCallDuration
	switch {
	case o == circuit.Ignored:
	case m.state == circuit.Closed:
		m.results = append(m.results, result{now, o == circuit.Failure, slow})
		if o == circuit.Success {
			m.until = 0
		}
		n := m.counts(now)
		calls := n.Failures + n.Successes
		inARow := m.config.ConsecutiveFailures > 0 && m.inARow() >= m.config.ConsecutiveFailures
		share := m.config.ErrorPercentThreshold > 0 && calls >= uint64(m.config.RequestVolumeThreshold) &&
			float64(n.Failures)/float64(calls) >= m.config.ErrorPercentThreshold/100
		slowly := m.config.SlowCallDuration > 0 && calls >= uint64(m.config.RequestVolumeThreshold) &&
			float64(m.slow(now))/float64(calls) >= m.config.SlowCallPercentThreshold/100
		if inARow || share || slowly {
			m.open(now)
		}
	case o == circuit.Failure, slow:
		m.open(now)
	default:
		if m.successes++; m.successes >= m.config.SuccessesToClose {
			m.turn(circuit.Closed)
			m.results, m.sleep, m.until = nil, 0, 0
		}
	}
}

func (m *model) open(now time.Duration) {
	m.turn(circuit.Open)
	asked := min(m.until-now, m.config.MaxRetryAfter)
	m.until = 0
	switch {
	case asked > 0:
		m.wake = now + asked
		return
	case m.sleep == 0 || m.config.MaxSleepWindow == 0:
		m.sleep = m.config.SleepWindow
	default:
		m.sleep = max(m.config.SleepWindow, min(2*m.sleep, m.config.MaxSleepWindow))
	}
	m.wake = now + m.sleep
}

// shows is the model's snapshot, without what the model doesn't have.
func (m *model) shows(now time.Duration) (s circuit.Snapshot) {
	s.State, s.Window, s.SlowCalls = m.state, m.counts(now), m.slow(now)
	switch m.state {
	case circuit.Open:
		if s.RetryAfter = max(0, m.wake-now); s.RetryAfter > 0 {
			s.DropRatio = 1
		}
	case circuit.HalfOpen:
		if s.Probes = m.inFlight(now); s.Probes >= m.config.Probes {
			s.DropRatio = 1
		}
	}
	return s
}
