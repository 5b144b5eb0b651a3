package credit

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
	"github.com/go-fusebox/fusebox/core/internal/probes"
)

// law keeps the account, governing a core.
type law struct {
	core   *engine.Core
	config Config
	dice   *rand.Rand
	counts circuit.Counts // since the last change of state or, while closed, since all failures were made good

	failedInARow    int
	failedSince     time.Duration // the first of these
	failedAt        time.Duration // the last time
	succeededInARow int

	// While closed.
	closedAt   time.Duration
	results    uint64        // since then
	settledAt  time.Duration // until when it had been closed for long
	deficit    float64
	overloads  float64 // the same, of overloads alone
	background background
	depth      float64 // the deficit that trips
	steady     float64 // the background of the last minute-long closed time

	// While open.
	credit      float64
	owed        float64 // parts of calls that the credit has let through
	refused     float64 // calls since the trip, probes included, and a part of those before it
	nextProbe   float64 // as a number of refused
	lastProbe   time.Duration
	probes      probes.Set
	unanswered  int // anonymous calls, let through and not yet marked
	admitted    int // calls since the breaker opened
	timing      timing
	trial       trial
	nextTrial   time.Duration
	told        bool          // the callee has said that it is overloaded, while it served others
	toldAt      time.Duration // the last time
	advanced    time.Duration // until when calls are admitted on its word
	trialPeriod time.Duration
}

// After longClosed, or manyResults, a breaker that closed has settled, and the next
// trip is a new story.
const (
	longClosed  = 5 * time.Second
	manyResults = 500
)

const lapse = time.Minute

func (l *law) Admit(now time.Duration, anonymous bool) (uint32, bool) {
	if l.core.State() == circuit.Closed {
		return 0, true
	}
	if anonymous {
		l.unanswered++
	}
	l.admitted++
	switch {
	case !l.spend():
	case now < l.advanced:
		l.credit++
		return advancedID, true
	default:
		return l.timing.start(now, l.config.ProbeLifetime), true
	}
	id, ok := l.probe(now, anonymous)
	if !ok {
		l.admitted--
		if anonymous {
			l.unanswered--
		}
	}
	return id, ok
}

func (l *law) Refused(time.Duration) { l.counts.Refused++ }

// Settle gives a paid call's credit back if it says nothing. A probe gives back its
// place alone, or callers that soon give up would make a probe of every call.
func (l *law) Settle(now time.Duration, id uint32, o circuit.Outcome) {
	probe := id != 0 && id&timed == 0
	if probe {
		start, ok := l.probes.End(id)
		if !ok {
			return
		}
		l.timing.measured(now-start, o)
	} else if id != 0 {
		l.timing.end(now, id, o)
	}
	paid := !probe && id != advancedID && l.core.State() == circuit.Open
	if o == circuit.Ignored {
		l.counts.Ignored++
		if paid {
			l.credit++
		}
		return
	}
	if paid && l.told && o != circuit.Success && o != circuit.Overload {
		l.credit++ // the threshold rule judges it
	}
	l.settle(now, o)
}

// Mark takes the successes of no more calls than were let through while open. A
// failure needs no admission: it earns nothing, as for callers that mark refusals.
func (l *law) Mark(now time.Duration, o circuit.Outcome) {
	if l.core.State() == circuit.Open {
		if start, ok := l.probes.EndAnonymous(); ok {
			l.timing.measured(now-start, o)
		}
		if o == circuit.Success {
			if l.unanswered == 0 {
				return
			}
			l.unanswered--
		}
	}
	l.settle(now, o)
}

func (l *law) settle(now time.Duration, o circuit.Outcome) {
	l.lapse(now)
	failedBefore := l.failedInARow
	if o == circuit.Success {
		l.counts.Successes++
		l.succeededInARow++
		l.failedInARow = 0
	} else {
		l.counts.Failures++
		l.succeededInARow = 0
		if l.failedInARow++; l.failedInARow == 1 {
			l.failedSince = now
		}
		l.failedAt = now
	}
	l.advanced = 0
	l.results++
	switch {
	case l.core.State() == circuit.Closed:
		l.judge(now, o, failedBefore)
		if l.counts.Failures > 0 && l.atRest() {
			l.counts = circuit.Counts{} // an idle breaker is one without failures here
		}
	case l.told:
		l.earnTold(now, o, failedBefore)
	default:
		l.earn(now, o, failedBefore)
	}
}

// lapse forgets, while closed, the failures after which none came for a minute, so
// that a breaker which nobody uses any more is one without failures.
func (l *law) lapse(now time.Duration) {
	if l.core.State() == circuit.Closed && l.counts.Failures > 0 && now-l.failedAt >= lapse {
		l.deficit, l.overloads, l.failedInARow = 0, 0, 0
		l.counts = circuit.Counts{}
	}
}

// atRest reports whether there is nothing to make up for, and a success was the last.
func (l *law) atRest() bool { return l.deficit == 0 && l.overloads == 0 && l.failedInARow == 0 }

// Leased takes successes at rest, or refused calls.
func (l *law) Leased(_ time.Duration, successes, refused uint64) {
	l.counts.Refused += refused
	l.refused += float64(refused)
	if successes == 0 {
		return
	}
	l.counts.Successes += successes
	l.results += successes
	l.succeededInARow += int(min(successes, 1<<20))
	if l.background.rest(successes) {
		l.measure()
	}
}

// Lease needs no clock while closed: the account knows no time.
func (l *law) Lease(now time.Duration) (lease engine.Lease) {
	if l.core.State() == circuit.Closed {
		lease.Admit = engine.Forever
		if l.atRest() {
			lease.Count = engine.Forever
		}
		return lease
	}
	if l.share() == 0 {
		lease.Drop = 1
		lease.Refuse, lease.Calls = l.noProbe(now)
	}
	return lease
}

func (l *law) Reset(now time.Duration) {
	*l = law{core: l.core, config: l.config, dice: l.dice, closedAt: now - longClosed}
	l.measure()
}

func (l *law) Show(now time.Duration, s *circuit.Snapshot) {
	l.lapse(now)
	s.Window = l.counts
	s.Deficit = l.deficit
	if l.core.State() != circuit.Open {
		return
	}
	s.Credit = max(0, l.credit)
	s.DropRatio = 1 - l.share()
	s.Probes = l.probes.InFlight(now, l.config.probes())
	s.NextProbe = int(math.Ceil(max(1, l.nextProbe-l.refused)))
	if s.DropRatio == 1 {
		s.RetryAfter = max(0, l.lastProbe+l.config.ProbeInterval-now)
	}
}

func (l *law) update(c Config) {
	l.config = c
	l.measure()
}

// measure finds the depth anew.
func (l *law) measure() { l.depth = l.background.depth(l.config.Depth, l.config.Threshold) }
