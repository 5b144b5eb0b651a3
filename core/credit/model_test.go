package credit_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
)

// model is the breaker by its doc, without lock, rest or ids: it keeps the calls
// themselves, and works out what it needs each time. Its dice throw what the
// breaker's do.
type model struct {
	config credit.Config // no field is left to its default
	dice   *rand.Rand
	state  circuit.State
	period int // of the state: the first, the second …
	counts circuit.Counts

	row       []outcome // of the same kind, up to now
	failedAt  time.Duration
	closedAt  time.Duration
	since     int // results since then
	settledAt time.Duration
	deficit   float64
	overloads float64

	share   float64 // of failures among the results after a success
	windows int
	window  []bool // the results of the present one that failed
	depth   float64
	steady  float64

	credit, owed       float64
	refused, nextProbe float64
	lastProbe          time.Duration
	probes             []*call
	unanswered         int
	admitted           int
	timed              *call
	shortest, longest  time.Duration // round trips

	confident   bool
	trial       []outcome // its successes, and the failures after the first
	trialOdds   float64   // those of the settings at its beginning
	aheadOf     int       // calls in flight at the trial's last success
	farAway     bool
	nextTrial   time.Duration
	trialPeriod time.Duration
	told        bool
	toldAt      time.Duration
	advanced    time.Duration
}

type outcome struct {
	at     time.Duration
	failed bool
}

// call is one that was admitted, and may or may not have ended.
type call struct {
	permit circuit.Permit
	kind   byte // c closed, p paid, f free, u unpaid: a probe
	bare   bool // admitted by Allow
	period int
	at     time.Duration
}

func newModel(c credit.Config, dice *rand.Rand) *model {
	m := &model{config: c, dice: dice}
	m.reset(0)
	return m
}

func (m *model) reset(now time.Duration) {
	*m = model{config: m.config, dice: m.dice, period: m.period + 1, closedAt: now - 5*time.Second}
	m.measure()
}

func (m *model) update(c credit.Config) {
	m.config = c
	m.measure()
}

func (m *model) turn(to circuit.State) {
	m.state, m.counts = to, circuit.Counts{}
	m.period++
	m.probes, m.unanswered, m.admitted = nil, 0, 0
	m.timed, m.longest = nil, 0
}

// odds are the failures that a success makes up for.
func (m *model) odds() float64 { return m.config.Threshold / (1 - m.config.Threshold) }

func (m *model) generous() float64 { return 1 / (1 - m.config.Threshold) }

// inARow is how many of the last results were of that kind.
func (m *model) inARow(failed bool) int {
	if len(m.row) == 0 || m.row[0].failed != failed {
		return 0
	}
	return len(m.row)
}

// measure finds the depth by halving the interval in which the root lies.
func (m *model) measure() {
	least, most := float64(m.config.Depth), 2.5*float64(m.config.Depth)
	switch {
	case m.share <= 0:
		m.depth = least
	case m.share >= m.config.Threshold:
		m.depth = most
	default:
		low, high := 0.0, 700.0
		for range 200 {
			s := (low + high) / 2
			if m.share*math.Exp(s)+(1-m.share)*math.Exp(-s*m.odds()) < 1 {
				low = s
			} else {
				high = s
			}
		}
		m.depth = min(max(least, 10/low), most)
	}
}

func (m *model) learn(failed bool) {
	if m.window = append(m.window, failed); len(m.window) < 32 {
		return
	}
	failures := 0
	for _, f := range m.window {
		if f {
			failures++
		}
	}
	m.window = nil
	m.windows = min(m.windows+1, 4)
	m.share += (float64(failures)/32 - m.share) / float64(m.windows)
	if m.share < 1e-9 {
		m.share = 0
	}
	m.measure()
}

// trialSuccesses and trialFailures are the present trial's.
func (m *model) trialSuccesses() (n int) {
	for _, o := range m.trial {
		if !o.failed {
			n++
		}
	}
	return n
}

func (m *model) trialFailures() int { return len(m.trial) - m.trialSuccesses() }

func (m *model) trialOver() bool {
	successes, failures := m.trialSuccesses(), m.trialFailures()
	switch {
	case !m.confident:
		return successes >= 9
	case float64(failures) >= 8+m.trialOdds*float64(successes):
		return true
	case m.farAway && failures == 0:
		return false
	}
	return successes >= min(9+4*failures, 64)+m.aheadOf
}

func (m *model) newTrial(confident bool) {
	m.confident, m.trial, m.trialOdds, m.aheadOf, m.farAway = confident, nil, m.odds(), 0, false
}

func (m *model) scheduleTrial(now time.Duration) {
	m.nextTrial = now + time.Duration((0.5+m.dice.Float64())*float64(m.trialPeriod))
}

func (m *model) trusting(now time.Duration) bool {
	return m.steady > 0.04 || now-m.settledAt >= time.Minute
}

// admits is the share of calls that the credit lets through.
func (m *model) admits() float64 {
	switch {
	case m.told || m.trialOver():
		return min(max(0, m.credit/float64(m.config.Purse)), 1)
	case m.credit >= 1:
		return 1
	}
	return 0
}

func (m *model) inFlight(now time.Duration) (n int) {
	for _, p := range m.probes {
		if now-p.at < m.config.ProbeLifetime {
			n++
		}
	}
	return n
}

// asked decides on a call.
func (m *model) asked(now time.Duration, bare bool) (*call, bool) {
	c := &call{kind: 'c', bare: bare, period: m.period, at: now}
	if m.state == closed {
		return c, true
	}
	if c.kind = m.pay(now); c.kind == 0 {
		m.counts.Refused++
		return nil, false
	}
	m.admitted++
	if bare {
		m.unanswered++
	}
	switch c.kind {
	case 'p':
		if m.timed == nil || now-m.timed.at >= m.config.ProbeLifetime {
			m.timed = c
		}
	case 'u':
		m.probes = m.probes[max(0, len(m.probes)-m.inFlight(now)-64):] // more lost ones are not remembered
		m.probes = append(m.probes, c)
	}
	return c, true
}

func (m *model) pay(now time.Duration) (kind byte) {
	share := m.admits()
	paid := share == 1 // which leaves no part of a call
	if !paid {
		if m.owed += share; m.owed >= 1 {
			m.owed--
			paid = true
		}
	}
	if paid {
		if now < m.advanced {
			return 'f'
		}
		m.credit--
		return 'p'
	}
	m.refused++
	due := m.refused >= m.nextProbe || now-m.lastProbe >= m.config.ProbeInterval
	if !due || m.inFlight(now) >= m.config.Probes {
		return 0
	}
	m.nextProbe = m.refused + 1.8*math.Sqrt(m.refused)*(0.5+m.dice.Float64())
	m.lastProbe = now
	return 'u'
}

// roundTrip hears how long a call took, where that was measured.
func (m *model) roundTrip(d time.Duration, o circuit.Outcome) {
	if o == circuit.Success {
		if m.shortest == 0 || d < m.shortest {
			m.shortest = max(d, 1)
		}
		m.longest = max(m.longest, d)
	}
}

func (m *model) alike() bool { return m.longest <= 2*m.shortest }

func (m *model) far() bool { return m.shortest >= 50*time.Millisecond && m.alike() }

// ended takes the outcome of a permit.
func (m *model) ended(now time.Duration, c *call, o circuit.Outcome) {
	if c.period != m.period {
		return
	}
	switch {
	case c.kind == 'u':
		i := slices.Index(m.probes, c)
		if i < 0 {
			return
		}
		m.probes = slices.Delete(m.probes, i, i+1)
		m.roundTrip(now-c.at, o)
	case c == m.timed:
		m.roundTrip(now-c.at, o)
		m.timed = nil
	}
	if o != circuit.Ignored {
		if c.kind == 'p' && m.told && o.Failed() && o != circuit.Overload {
			m.credit++
		}
		m.result(now, o)
		return
	}
	m.counts.Ignored++
	if c.kind == 'p' {
		m.credit++
	}
}

// marked takes the outcome of some call that Allow admitted.
func (m *model) marked(now time.Duration, o circuit.Outcome) {
	if m.state == open {
		if i := slices.IndexFunc(m.probes, func(c *call) bool { return c.bare }); i >= 0 {
			m.roundTrip(now-m.probes[i].at, o)
			m.probes = slices.Delete(m.probes, i, i+1)
		}
		if o == circuit.Success {
			if m.unanswered == 0 {
				return
			}
			m.unanswered--
		}
	}
	m.result(now, o)
}

// lapse forgets failures after which none came for a minute.
func (m *model) lapse(now time.Duration) {
	if m.state == closed && m.counts.Failures > 0 && now-m.failedAt >= time.Minute {
		m.deficit, m.overloads, m.counts = 0, 0, circuit.Counts{}
		if m.inARow(true) > 0 {
			m.row = nil
		}
	}
}

func (m *model) result(now time.Duration, o circuit.Outcome) {
	m.lapse(now)
	m.since++
	failed := o != circuit.Success
	before := m.inARow(true)
	if len(m.row) > 0 && m.row[0].failed != failed {
		m.row = nil
	}
	m.row = append(m.row, outcome{now, failed})
	if failed {
		m.counts.Failures++
		m.failedAt = now
	} else {
		m.counts.Successes++
	}
	m.advanced = 0
	switch {
	case m.state == closed:
		m.judge(now, o, before)
		if m.state == closed && m.counts.Failures > 0 && m.deficit == 0 && m.overloads == 0 && !failed {
			m.counts = circuit.Counts{}
		}
	case m.told:
		m.pace(now, o, before)
	case failed:
		m.failedWhileOpen(now, o)
	default:
		m.earn(now, before)
	}
}

func (m *model) judge(now time.Duration, o circuit.Outcome, before int) {
	if before == 0 {
		m.learn(o != circuit.Success)
	}
	if o == circuit.Success {
		m.deficit = max(0, m.deficit-m.odds())
		m.overloads = max(0, m.overloads-0.25)
		return
	}
	m.deficit++
	if o == circuit.Overload {
		m.overloads++
	}
	n := m.config.ConsecutiveFailures
	switch {
	case m.overloads >= float64(m.config.Depth):
		m.trip(now)
		m.told, m.toldAt, m.advanced = true, now, now+time.Second
		m.credit = float64(m.config.Purse) / 2
	case m.deficit >= m.depth, n > 0 && len(m.row) >= n && now-m.row[0].at >= 2*time.Second:
		m.trip(now)
	}
}

func (m *model) trip(now time.Duration) {
	settled := m.state == closed && (now-m.closedAt >= 5*time.Second || m.since >= 500)
	if m.state == closed {
		if now-m.closedAt >= time.Minute && m.since >= 32 {
			m.steady = m.share
		}
		m.turn(open)
	}
	m.refused = math.Floor(m.refused / 8)
	if settled {
		m.refused, m.settledAt, m.trialPeriod = 0, now, m.config.TrialInterval
	}
	m.told, m.deficit, m.overloads, m.credit = false, 0, 0, 0
	m.window, m.windows = nil, 0
	m.owed = m.dice.Float64()
	m.nextProbe, m.lastProbe = m.refused+2, now
	m.scheduleTrial(now)
	m.newTrial(settled || m.trusting(now))
}

func (m *model) failedWhileOpen(now time.Duration, o circuit.Outcome) {
	begun := m.trialSuccesses() > 0
	if o == circuit.Overload && begun {
		m.told, m.toldAt = true, now
	}
	if begun && !m.trialOver() {
		m.trial = append(m.trial, outcome{now, true})
	}
}

func (m *model) earn(now time.Duration, before int) {
	first := m.counts.Successes == 1
	if now >= m.nextTrial {
		m.trialPeriod = min(2*m.trialPeriod, m.config.MaxTrialInterval)
		m.scheduleTrial(now)
		m.newTrial(first && m.confident || m.trusting(now))
	}
	switch {
	case first && before >= m.config.Depth:
		m.confident = true
	case before >= 3*m.config.Depth:
		m.newTrial(true)
	}
	if m.confident && !m.trialOver() {
		m.nextProbe = min(m.nextProbe, m.refused+9)
	}
	m.farAway, m.aheadOf = m.far(), 0
	if m.alike() {
		m.aheadOf = max(0, m.admitted-int(m.counts.Successes+m.counts.Failures+m.counts.Ignored))
	}
	enough := float64(m.config.Purse)
	switch {
	case !m.trialOver():
		m.trial = append(m.trial, outcome{now, false})
		m.credit += m.generous()
		if m.confident {
			enough /= 2
		}
	case m.inARow(false) >= 32 && m.far():
		m.credit += min(m.config.Gain+m.shortest.Seconds()/2, max(m.config.Gain, m.generous()))
	default:
		m.credit += m.config.Gain
	}
	if m.credit < enough {
		return
	}
	if failures := m.trialFailures(); m.confident && failures > 1 {
		n := float64(len(m.trial))
		p := float64(failures) / n
		m.share, m.windows = max(m.share, p+1.5*math.Sqrt(p*(1-p)/n)), 1
		m.measure()
	}
	m.close(now)
}

func (m *model) close(now time.Duration) {
	m.turn(closed)
	m.closedAt, m.since, m.deficit, m.overloads = now, 0, 0, 0
}

// pace is what an overloaded callee's word makes of a result.
func (m *model) pace(now time.Duration, o circuit.Outcome, before int) {
	switch o {
	case circuit.Success:
		gain := 1.15
		if m.inARow(false) >= 32 {
			gain = m.generous()
		}
		m.credit = min(m.credit+gain, 1.5*float64(m.config.Purse))
		m.judge(now, o, before)
		if m.credit >= float64(m.config.Purse) && now-m.toldAt >= 10*time.Second {
			m.told = false
			m.close(now)
		}
	case circuit.Overload:
		m.toldAt = now
		m.told = m.inARow(true) < 3*m.config.Depth
	default:
		m.judge(now, o, before)
	}
}

// shows is the model's snapshot.
func (m *model) shows(now time.Duration) circuit.Snapshot {
	m.lapse(now)
	s := circuit.Snapshot{State: m.state, Window: m.counts, Deficit: m.deficit}
	if m.state == open {
		s.Credit, s.DropRatio, s.Probes = max(0, m.credit), 1-m.admits(), m.inFlight(now)
		s.NextProbe = int(math.Ceil(max(1, m.nextProbe-m.refused)))
		if s.DropRatio == 1 {
			s.RetryAfter = max(0, m.lastProbe+m.config.ProbeInterval-now)
		}
	}
	return s
}
