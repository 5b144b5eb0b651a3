package credit

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// spread is the time over which failures in a row must come to trip by their number.
const spread = 2 * time.Second

// toldThreshold is the share of overloads above which the callee is obeyed, however
// many failures the user allows: more than two instances of ten that say so all the
// time.
const toldThreshold = 0.2

// judge is the threshold rule: the deficit rises by 1 with a failure and falls with
// a success, by so much that it goes nowhere where the share of failures is the
// threshold.
func (l *law) judge(now time.Duration, o circuit.Outcome, failedBefore int) {
	failed := o != circuit.Success
	if failedBefore == 0 && l.background.learn(failed) {
		l.measure()
	}
	if !failed {
		l.deficit = max(0, l.deficit-l.config.Threshold/(1-l.config.Threshold))
		l.overloads = max(0, l.overloads-toldThreshold/(1-toldThreshold))
		return
	}
	l.deficit++
	if o == circuit.Overload {
		l.overloads++
	}
	switch {
	case l.overloads >= float64(l.config.Depth):
		l.trip(now, "too many overloads")
		l.tell(now)
	case l.deficit >= l.depth:
		l.trip(now, "too many failures")
	case l.config.ConsecutiveFailures > 0 && l.failedInARow >= l.config.ConsecutiveFailures && now-l.failedSince >= spread:
		l.trip(now, "consecutive failures")
	}
}

const (
	// longLearned is the closed time after which a background is one for sure, and
	// no overload that this client alone doesn't mind.
	longLearned = time.Minute
	// fewErrors is a background with which the account comes to no harm.
	fewErrors = 0.04
)

// trusting reports whether failures in a trial are taken for errors that are always
// there: where they were before, and where the breaker has not been closed for long
// since a minute ago, as else it might never be again.
func (l *law) trusting(now time.Duration) bool {
	return l.steady > fewErrors || now-l.settledAt >= longLearned
}

// trip opens the breaker, or takes what credit an open one has.
func (l *law) trip(now time.Duration, reason string) {
	settled := false
	if l.core.State() == circuit.Closed {
		settled = now-l.closedAt >= longClosed || l.results >= manyResults
		if now-l.closedAt >= longLearned && l.results >= windowOf {
			l.steady = l.background.share
		}
		l.turn(circuit.Open, reason)
	}
	if settled {
		l.settledAt = now
		l.trialPeriod = l.config.TrialInterval
	}
	l.told = false
	l.background.forget()
	l.deficit, l.overloads = 0, 0
	l.credit, l.owed = 0, l.dice.Float64()
	l.startProbes(now, settled)
	l.scheduleTrial(now)
	l.trial = l.newTrial(settled || l.trusting(now))
}

func (l *law) turn(to circuit.State, reason string) {
	l.core.Turn(to, reason)
	l.counts = circuit.Counts{}
	l.probes.Clear()
	l.unanswered, l.admitted = 0, 0
	l.timing.forget()
}
