package proof_test

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/sre"
)

// sreModel is exact but for the dice: with a ratio above 0, a call may be admitted or
// refused. An open breaker may go by a ratio that is up to keepRatio old.
type sreModel struct {
	ledger
	configs *[configs]sre.Config
	window  rolling
	tried   rolling // while open: calls let through, as successes; given back, as failures
	// dropped is when the ratio was last seen above 0; latest, when the breaker may
	// think that it was.
	dropped, latest time.Duration
	positive        time.Duration // the last time that the ratio was above 0 while open
}

const keepRatio = time.Millisecond

func (m *sreModel) set() *sre.Config { return &m.configs[m.config] }

func (m *sreModel) ratioNow() float64 {
	c, sum := m.set(), m.window.sum()
	requests := sum.Successes + sum.Failures
	if m.state == circuit.Open && sum.Successes == 0 && !c.CountRefusals {
		tried := m.tried.sum()
		requests = max(requests, tried.Successes-min(tried.Failures, tried.Successes))
	}
	offered := requests + sum.Refused
	if offered < uint64(c.MinRequests) {
		return 0
	}
	if c.CountRefusals {
		requests = offered
	}
	excess := float64(requests) - float64(c.Protection) - c.K*float64(sum.Successes)
	return min(max(0, excess/float64(requests+1)), c.MaxDropRatio)
}

func (m *sreModel) admit(_ int, said bool) bool {
	ratio := m.ratioNow()
	if m.state == circuit.Closed {
		if ratio == 0 {
			return true
		}
		m.turn(circuit.Open)
		m.tried = rolling{newest: m.window.newest}
		m.dropped, m.latest = m.now, m.now
	}
	switch {
	case ratio > 0 && said:
		m.tried.now(m.now).successes++
		m.dropped, m.latest = m.now, max(m.latest, m.now)
	case ratio > 0 || !said && m.now-m.positive < keepRatio:
		m.window.now(m.now).refused++
		m.dropped, m.latest = m.now, m.now+keepRatio
	case m.now-m.latest >= width:
		m.turn(circuit.Closed)
		return true
	default:
		m.lost = m.now-m.dropped >= width
		return true
	}
	m.seen()
	return said
}

// seen notes a ratio above 0, which a lease may have.
func (m *sreModel) seen() {
	if m.state == circuit.Open && m.ratioNow() > 0 {
		m.positive = m.now
	}
}

func (m *sreModel) settle(_ int, o circuit.Outcome) {
	if o == circuit.Ignored && m.state == circuit.Open {
		m.tried.now(m.now).failures++
	}
	m.mark(o)
}

func (m *sreModel) mark(o circuit.Outcome) {
	switch o {
	case circuit.Success:
		m.window.now(m.now).successes++
	case circuit.Failure:
		m.window.now(m.now).failures++
	}
	m.seen()
}

func (m *sreModel) reset() {
	m.window.reset()
	m.tried.reset()
	m.positive = -time.Hour
}

func (m *sreModel) passed() {
	m.window.now(m.now)
	m.tried.now(m.now)
	m.seen()
}

func (m *sreModel) changed() { m.seen() }

func (m *sreModel) fits(s circuit.Snapshot) bool {
	return s.Window == m.window.sum() && math.Abs(s.DropRatio-m.ratio(m.ratioNow())) < 1e-12
}

func drawSRE(src *rand.Rand) sre.Config {
	return sre.Config{
		K:             []float64{1.2, 1.5, 2, 3}[src.IntN(4)],
		Window:        buckets * width,
		Buckets:       buckets,
		MinRequests:   1 + src.IntN(4),
		Protection:    src.IntN(3),
		MaxDropRatio:  []float64{0.5, 0.9, 1}[src.IntN(3)],
		ProbeInterval: []time.Duration{-1, 2 * time.Millisecond, 20 * time.Millisecond}[src.IntN(3)],
		CountRefusals: src.IntN(2) == 0,
	}
}
