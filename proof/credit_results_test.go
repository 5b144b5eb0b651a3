package proof_test

import (
	"math"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

func (m *creditModel) settle(permit int, o circuit.Outcome) {
	switch kind := m.kinds[permit]; {
	case kind == probe:
		if !m.end(permit, o) {
			return
		}
	case m.state == circuit.Closed:
	case permit == m.timed:
		m.took(m.now-m.timedAt, o)
		m.timed = none
		fallthrough
	default:
		if o == circuit.Ignored {
			m.credit++
		}
	}
	if o == circuit.Ignored {
		m.counts.Ignored++
		return
	}
	m.result(o == circuit.Failure)
}

func (m *creditModel) mark(o circuit.Outcome) {
	if m.state == circuit.Open {
		m.end(-1, o)
		if o == circuit.Success {
			if m.unanswered == 0 {
				return
			}
			m.unanswered--
		}
	}
	m.result(o == circuit.Failure)
}

func (m *creditModel) lapse() {
	if m.state == circuit.Closed && m.counts.Failures > 0 && m.now-m.failedAt >= time.Minute {
		m.deficit, m.failed, m.counts = 0, 0, circuit.Counts{}
	}
}

func (m *creditModel) result(failed bool) {
	m.lapse()
	before := m.failed
	if failed {
		m.counts.Failures++
		m.succeeded = 0
		if m.failed++; m.failed == 1 {
			m.failedSince = m.now
		}
		m.failedAt = m.now
	} else {
		m.counts.Successes++
		m.succeeded++
		m.failed = 0
	}
	switch {
	case m.state == circuit.Closed:
		m.judge(failed)
		if m.counts.Failures > 0 && m.deficit == 0 && m.failed == 0 {
			m.counts = circuit.Counts{}
		}
	case !failed:
		m.earn(before)
	case m.successes > 0 && !m.over():
		m.failures++
	}
}

func (m *creditModel) judge(failed bool) {
	if !failed {
		m.deficit = max(0, m.deficit-1)
		return
	}
	m.deficit++
	n := m.set().ConsecutiveFailures
	if m.deficit >= m.depth() || n > 0 && m.failed >= n && m.now-m.failedSince >= 2*time.Second {
		m.trip()
	}
}

func (m *creditModel) trip() {
	settled := m.now-m.closedAt >= 5*time.Second
	m.become(circuit.Open)
	m.refused = math.Floor(m.refused / 8)
	if settled {
		m.refused, m.settledAt = 0, m.now
	}
	m.soonest, m.latest, m.lastProbe = m.refused+2, m.refused+2, m.now
	m.deficit, m.credit = 0, 0
	m.newTrial(settled || m.now-m.settledAt >= time.Minute)
}

func (m *creditModel) newTrial(confident bool) {
	m.confident, m.successes, m.failures, m.far, m.inFlight = confident, 0, 0, false, 0
}

func (m *creditModel) become(s circuit.State) {
	m.turn(s)
	m.counts, m.unanswered, m.admitted = circuit.Counts{}, 0, 0
	m.probes, m.out = [maxOps]trial{}, 0
	m.timed, m.longest = none, 0
}

func (m *creditModel) earn(before int) {
	c := m.set()
	switch {
	case m.counts.Successes == 1 && before >= c.Depth:
		m.confident = true
	case before >= 3*c.Depth:
		m.newTrial(true)
	}
	if m.confident && !m.over() {
		m.soonest, m.latest = min(m.soonest, m.refused+9), min(m.latest, m.refused+9)
	}
	alike := m.longest <= 2*m.shortest
	m.far = m.shortest >= 50*time.Millisecond && alike
	m.inFlight = 0
	if alike {
		m.inFlight = max(0, m.admitted-int(m.counts.Successes+m.counts.Failures+m.counts.Ignored))
	}
	if m.over() {
		m.lost = true
		return
	}
	m.credit += 2
	m.successes++
	enough := float64(c.Purse)
	if m.confident {
		enough /= 2
	}
	if m.credit < enough {
		return
	}
	if n := float64(m.failures + m.successes); m.confident && m.failures > 1 {
		p := float64(m.failures) / n
		m.share = max(m.share, p+1.5*math.Sqrt(p*(1-p)/n))
	}
	m.become(circuit.Closed)
	m.closedAt, m.deficit = m.now, 0
}
