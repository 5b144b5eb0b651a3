package hystrix_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
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
	probes      []*call // that were admitted and have not ended
	successes   int
}

type result struct {
	at     time.Duration
	failed bool
}

// call is one that was admitted, and may or may not have ended.
type call struct {
	permit  circuit.Permit
	bare    bool // admitted by Allow
	period  int
	at      time.Duration
	settled bool
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
	c := &call{bare: bare, period: m.period, at: now}
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

func (m *model) ended(now time.Duration, c *call, o circuit.Outcome) {
	if c.period == m.period && (m.state == circuit.Closed || slices.Contains(m.probes, c)) {
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
	switch {
	case o == circuit.Ignored:
	case m.state == circuit.Closed:
		m.results = append(m.results, result{now, o == circuit.Failure})
		n := m.counts(now)
		calls := n.Failures + n.Successes
		inARow := m.config.ConsecutiveFailures > 0 && m.inARow() >= m.config.ConsecutiveFailures
		share := m.config.ErrorPercentThreshold > 0 && calls >= uint64(m.config.RequestVolumeThreshold) &&
			float64(n.Failures)/float64(calls) >= m.config.ErrorPercentThreshold/100
		if inARow || share {
			m.open(now)
		}
	case o == circuit.Failure:
		m.open(now)
	default:
		if m.successes++; m.successes >= m.config.SuccessesToClose {
			m.turn(circuit.Closed)
			m.results, m.sleep = nil, 0
		}
	}
}

func (m *model) open(now time.Duration) {
	m.turn(circuit.Open)
	switch {
	case m.sleep == 0 || m.config.MaxSleepWindow == 0:
		m.sleep = m.config.SleepWindow
	default:
		m.sleep = max(m.config.SleepWindow, min(2*m.sleep, m.config.MaxSleepWindow))
	}
	m.wake = now + m.sleep
}

// shows is the model's snapshot, without what the model doesn't have.
func (m *model) shows(now time.Duration) (s circuit.Snapshot) {
	s.State, s.Window = m.state, m.counts(now)
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

// Percentages are such that the model's division is exact at the threshold.
var modelConfigs = []hystrix.Config{
	{
		ErrorPercentThreshold: 50, RequestVolumeThreshold: 4, Window: s, Buckets: 10,
		SleepWindow: 300 * ms, SleepJitter: -1, Probes: 1, SuccessesToClose: 1, ProbeLifetime: 400 * ms,
	},
	{
		ErrorPercentThreshold: 75, RequestVolumeThreshold: 3, ConsecutiveFailures: 5, Window: s, Buckets: 10,
		SleepWindow: 200 * ms, SleepJitter: -1, MaxSleepWindow: s, Probes: 3, SuccessesToClose: 2, ProbeLifetime: s,
	},
	{
		ErrorPercentThreshold: -1, RequestVolumeThreshold: 1, ConsecutiveFailures: 2, Window: 300 * ms, Buckets: 1,
		SleepWindow: 100 * ms, SleepJitter: -1, MaxSleepWindow: 350 * ms, Probes: 2, SuccessesToClose: 4, ProbeLifetime: 150 * ms,
	},
	{
		ErrorPercentThreshold: 25, RequestVolumeThreshold: 10, ConsecutiveFailures: 20, Window: 3 * s, Buckets: 7,
		SleepWindow: 500 * ms, SleepJitter: -1, Probes: 5, SuccessesToClose: 3, ProbeLifetime: 50 * ms,
	},
}

// replay runs the same history through a breaker and its model: three bytes a
// step, for what to do, on what, and how long to wait before.
func replay(t *testing.T, history []byte) {
	t.Helper()
	history = history[:min(len(history), 3*500)] // the model is slow
	synctest.Test(t, func(t *testing.T) {
		b, m := newBreaker(t, modelConfigs[0]), &model{config: modelConfigs[0]}
		start := time.Now()
		var calls []*call
		for step := 0; len(history) >= 3; step++ {
			op, arg, wait := history[0], int(history[1]), history[2]
			history = history[3:]
			switch {
			case wait < 128: // no time passes
			case wait < 250:
				time.Sleep(time.Duration(wait-128)*ms + time.Duration(arg))
			default:
				time.Sleep(time.Duration(wait-249) * 700 * ms)
			}
			now := time.Since(start)
			switch op % 16 {
			case 0, 1, 2, 3, 4:
				permit, err := b.Acquire()
				c, ok := m.asked(now, false)
				if ok != (err == nil) {
					t.Fatalf("step %d, at %v: Acquire returned %v, want admitted: %v", step, now, err, ok)
				}
				if ok {
					c.permit = permit
					calls = append(calls, c)
				}
			case 5, 6, 7, 8, 9, 10:
				if len(calls) == 0 {
					break
				}
				c := calls[len(calls)-1-arg%min(len(calls), 6)] // ended ones too: their outcome comes twice
				if arg >= 200 {
					c = calls[arg%len(calls)]
				}
				outcome := []circuit.Outcome{circuit.Success, circuit.Success, circuit.Failure, circuit.Failure, circuit.Failure, circuit.Ignored}[op%16-5]
				c.permit.Done(outcome)
				m.ended(now, c, outcome)
			case 11:
				err := b.Allow()
				if _, ok := m.asked(now, true); ok != (err == nil) {
					t.Fatalf("step %d, at %v: Allow returned %v, want admitted: %v", step, now, err, ok)
				}
			case 12, 13:
				b.MarkSuccess()
				m.marked(now, circuit.Success)
			case 14:
				b.MarkFailed()
				m.marked(now, circuit.Failure)
			case 15:
				if arg < 64 {
					c := modelConfigs[arg%len(modelConfigs)]
					update(t, b, c)
					m.update(now, c)
				}
			}
			got, want := b.Snapshot(), m.shows(now)
			got.Since, got.Total = want.Since, want.Total
			if got != want {
				t.Fatalf("step %d, at %v with %+v: the breaker shows\n%+v, want\n%+v", step, now, m.config, got, want)
			}
		}
	})
}

func TestBreakerAgainstModel(t *testing.T) {
	for seed := range uint64(200) {
		src := rand.New(rand.NewPCG(seed, 13))
		history := make([]byte, 3*500)
		for i := range history {
			history[i] = byte(src.Uint32())
		}
		replay(t, history)
	}
}

func FuzzBreaker(f *testing.F) {
	f.Add([]byte("\x0e\x00\x00\x0e\x00\x00\x0e\x00\x00\x0e\x00\x00\x00\x00\xfa\x00\x00\x00\x05\x00\x00"))
	f.Add([]byte("\x0f\x02\x00\x0e\x00\x00\x0e\x00\x00\x0b\x00\xc0\x00\x00\x00\x0c\x00\x00\x05\x00\xf9\x08\x00\x00\x00\x00\xff"))
	f.Fuzz(replay)
}
