package credit

import (
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
	counts circuit.Counts // since the last change of state

	failedInARow    int
	failedSince     time.Duration // the first of these
	succeededInARow int

	// While closed.
	closedAt   time.Duration
	deficit    float64
	background background
	depth      float64 // the deficit that trips

	// While open.
	credit      float64
	owed        float64 // parts of calls that the credit has let through
	refused     float64 // calls since the trip, probes included
	nextProbe   float64 // as a number of refused
	lastProbe   time.Duration
	probes      probes.Set
	unanswered  int // anonymous calls, let through and not yet marked
	trial       trial
	nextTrial   time.Duration
	told        bool          // the callee has said that it is overloaded, while it served others
	toldAt      time.Duration // the last time
	trialPeriod time.Duration
}

// longClosed is the time after which a breaker that closed has settled, and the
// next trip is a new story.
const longClosed = 5 * time.Second

func (l *law) Admit(now time.Duration, anonymous bool) (uint32, bool) {
	if l.core.State() == circuit.Closed {
		return 0, true
	}
	id, ok := uint32(0), l.spend()
	if !ok {
		if id, ok = l.probe(now, anonymous); !ok {
			return 0, false
		}
	}
	if anonymous {
		l.unanswered++
	}
	return id, true
}

func (l *law) Refused(time.Duration) { l.counts.Refused++ }

// Settle gives a paid call's credit back if it says nothing. A probe gives back its
// place alone, or callers that soon give up would make a probe of every call.
func (l *law) Settle(now time.Duration, id uint32, o circuit.Outcome) {
	if id != 0 && !l.probes.End(id) {
		return
	}
	if o == circuit.Ignored {
		l.counts.Ignored++
		if id == 0 && l.core.State() == circuit.Open {
			l.credit++
		}
		return
	}
	l.settle(now, o)
}

// Mark takes the successes of no more calls than were let through while open. A
// failure needs no admission: it earns nothing, as for callers that mark refusals.
func (l *law) Mark(now time.Duration, o circuit.Outcome) {
	if l.core.State() == circuit.Open {
		l.probes.EndAnonymous()
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
	}
	switch {
	case l.core.State() == circuit.Closed:
		l.judge(now, o, failedBefore)
	case l.told:
		l.earnTold(now, o, failedBefore)
	default:
		l.earn(now, o, failedBefore)
	}
}

// AtRest is [engine.Rester]'s: nothing to make up for, and a success was the last.
func (l *law) AtRest() bool { return l.deficit == 0 && l.failedInARow == 0 }

// Rested is [engine.Rester]'s.
func (l *law) Rested(n uint64) {
	l.counts.Successes += n
	l.succeededInARow += int(min(n, 1<<20))
	if l.background.rest(n) {
		l.measure()
	}
}

func (l *law) Reset(now time.Duration) {
	*l = law{core: l.core, config: l.config, dice: l.dice, closedAt: now - longClosed}
	l.measure()
}

func (l *law) Show(now time.Duration, s *circuit.Snapshot) {
	s.Window = l.counts
	s.Deficit = l.deficit
	if l.core.State() != circuit.Open {
		return
	}
	s.Credit = max(0, l.credit)
	s.DropRatio = 1 - l.share()
	s.Probes = l.probes.InFlight(now, l.config.probes())
	s.NextProbe = int(max(1, l.nextProbe-l.refused))
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
