package proof_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
)

// creditModel is exact but for the dice, within bounds: a Threshold of one half, no
// overloads, fewer than 32 results, no second trial by time. What the dice threw for
// the next probe is kept as an interval, which each answer narrows. Beyond a trial,
// when a part of the calls is admitted by a share, the model is lost.
type creditModel struct {
	ledger
	configs *[configs]credit.Config
	counts  circuit.Counts

	failed, succeeded     int // in a row
	failedSince, failedAt time.Duration

	closedAt, settledAt time.Duration
	deficit, share      float64

	credit, refused   float64
	soonest, latest   float64 // the next probe, as a number of refused
	lastProbe         time.Duration
	probes            [maxOps]trial
	out               int
	unanswered        int
	admitted          int
	kinds             [maxOps]byte // of permits: paid or probe, or 0 while closed
	timed             int          // the operation whose call is timed; -1 if none is
	timedAt           time.Duration
	shortest, longest time.Duration

	confident, far      bool
	successes, failures int // of the trial
	inFlight            int
}

const (
	paid  = 'p'
	probe = 'u'
)

func (m *creditModel) set() *credit.Config { return &m.configs[m.config] }

func (m *creditModel) depth() float64 {
	least := float64(m.set().Depth)
	switch {
	case m.share <= 0:
		return least
	case m.share >= 0.5:
		return 2.5 * least
	}
	low, high := 0.0, 700.0
	for range 100 {
		if s := (low + high) / 2; m.share*math.Exp(s)+(1-m.share)*math.Exp(-s) < 1 {
			low = s
		} else {
			high = s
		}
	}
	return min(max(least, 10/low), 2.5*least)
}

func (m *creditModel) over() bool {
	length := 9
	if m.confident {
		if m.failures >= 8+m.successes {
			return true
		}
		if m.far && m.failures == 0 {
			return false
		}
		length = min(9+4*m.failures, 64) + m.inFlight
	}
	return m.successes >= length
}

func (m *creditModel) admit(permit int, said bool) bool {
	if m.state == circuit.Closed {
		m.kind(permit, 0)
		return true
	}
	if m.over() {
		m.lost = true
		return said
	}
	if m.credit >= 1 {
		m.credit--
		m.admitted++
		if permit < 0 {
			m.unanswered++
		}
		if m.timed == none || m.now-m.timedAt >= m.set().ProbeLifetime {
			m.timed, m.timedAt = permit, m.now
		}
		m.kind(permit, paid)
		return true
	}
	if !m.probe(permit, said) {
		m.counts.Refused++
		return false
	}
	m.admitted++
	if permit < 0 {
		m.unanswered++
	}
	m.kind(permit, probe)
	return true
}

const none = -2

func (m *creditModel) kind(permit int, k byte) {
	if permit >= 0 {
		m.kinds[permit] = k
	}
}

// probe is said, if the dice can have made the next probe's number fit.
func (m *creditModel) probe(permit int, said bool) bool {
	m.refused++
	if m.inFlightProbes() >= m.set().Probes {
		return false
	}
	switch {
	case m.now-m.lastProbe >= m.set().ProbeInterval || m.latest <= m.refused:
		said = true
	case m.soonest > m.refused:
		said = false
	}
	if !said {
		m.soonest = max(m.soonest, math.Nextafter(m.refused, math.Inf(1)))
		return false
	}
	gap := 1.8 * math.Sqrt(m.refused)
	m.soonest, m.latest, m.lastProbe = m.refused+0.5*gap, m.refused+1.5*gap, m.now
	m.probes[m.out] = trial{permit, m.now}
	m.out++
	return true
}

func (m *creditModel) inFlightProbes() (n int) {
	for _, p := range m.probes[:m.out] {
		if m.now-p.at < m.set().ProbeLifetime {
			n++
		}
	}
	return n
}

// end takes the probe out.
func (m *creditModel) end(permit int, o circuit.Outcome) bool {
	i := slices.IndexFunc(m.probes[:m.out], func(p trial) bool { return p.permit == permit })
	if i < 0 {
		return false
	}
	m.took(m.now-m.probes[i].at, o)
	copy(m.probes[i:], m.probes[i+1:m.out])
	m.out--
	m.probes[m.out] = trial{}
	return true
}

func (m *creditModel) took(d time.Duration, o circuit.Outcome) {
	if o != circuit.Success {
		return
	}
	if m.shortest == 0 || d < m.shortest {
		m.shortest = max(d, 1)
	}
	m.longest = max(m.longest, d)
}

func (m *creditModel) reset() {
	*m = creditModel{ledger: m.ledger, configs: m.configs, closedAt: m.now - 5*time.Second, timed: none}
}

func (m *creditModel) passed()  {}
func (m *creditModel) changed() {}

func (m *creditModel) fits(s circuit.Snapshot) bool {
	m.lapse()
	if s.Window != m.counts || s.Deficit != m.deficit {
		return false
	}
	if m.state != circuit.Open {
		return s.DropRatio == m.ratio(0) && s.Probes == 0 && s.Credit == 0 && s.NextProbe == 0
	}
	if m.mode == circuit.ForceOpen { // the law has no say, and shows an empty account
		return s.Credit == 0 && s.Probes == 0
	}
	if s.Credit != m.credit || s.Probes != m.inFlightProbes() {
		return false
	}
	if m.over() {
		m.lost = true
		return true
	}
	drop, retry := 0.0, time.Duration(0)
	if m.credit < 1 {
		drop, retry = 1, max(0, m.lastProbe+m.set().ProbeInterval-m.now)
	}
	if n := float64(s.NextProbe); n > 1 {
		m.soonest = max(m.soonest, math.Nextafter(m.refused+n-1, math.Inf(1)))
	}
	m.latest = min(m.latest, m.refused+float64(s.NextProbe))
	return s.DropRatio == drop && s.RetryAfter == retry && m.soonest <= m.latest
}

func drawCredit(src *rand.Rand) credit.Config {
	return credit.Config{
		Threshold:           0.5,
		Depth:               1 + src.IntN(3),
		ConsecutiveFailures: []int{-1, 2, 3}[src.IntN(3)],
		Gain:                1.05,
		Purse:               2 + src.IntN(3),
		Probes:              1 + src.IntN(3),
		ProbeLifetime:       []time.Duration{time.Second, 10 * time.Second}[src.IntN(2)],
		ProbeInterval:       []time.Duration{time.Second, 5 * time.Second, time.Hour}[src.IntN(3)],
		TrialInterval:       time.Hour,
		MaxTrialInterval:    time.Hour,
	}
}
