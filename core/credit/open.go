package credit

import (
	"math"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// share is that of the calls which the credit lets through, from 0 to 1.
func (l *law) share() float64 {
	if !l.told && !l.trial.over() {
		if l.credit >= 1 {
			return 1
		}
		return 0
	}
	return min(max(0, l.credit/float64(l.config.Purse)), 1)
}

// spend pays for a call, if it is its turn.
func (l *law) spend() bool {
	share := l.share()
	if share < 1 {
		if l.owed += share; l.owed < 1 {
			return false
		}
		l.owed--
	}
	l.credit--
	return true
}

// probeGap times √n is the mean number of calls between probes after n of them. Of n
// calls about 2/probeGap·√n are then probes, which fail while the callee is down,
// and about probeGap/2·√n are refused while it is up again and the next one is still
// to come. Their sum is least at 2; a bit below, full traffic is back sooner.
const probeGap = 1.8

// startProbes starts the count of calls between probes. When one trip soon follows
// another, it starts at an eighth of the last: the callee is often down then, and
// its clients' first probes at once would be a load of their own.
func (l *law) startProbes(now time.Duration, settled bool) {
	if l.refused = math.Floor(l.refused / 8); settled {
		l.refused = 0
	}
	l.nextProbe, l.lastProbe = l.refused+2, now
}

// probe lets a call through that is not paid for.
func (l *law) probe(now time.Duration, anonymous bool) (id uint32, ok bool) {
	l.refused++
	if l.refused < l.nextProbe && now-l.lastProbe < l.config.ProbeInterval {
		return 0, false
	}
	if id, ok = l.probes.Start(now, l.config.probes(), anonymous); ok {
		l.nextProbe = l.refused + probeGap*math.Sqrt(l.refused)*(0.5+l.dice.Float64())
		l.lastProbe = now
	}
	return id, ok
}

// many is a bound that no lease gets to, and still one, so that all refused calls
// are counted in one place while some lease has one.
const many = 1 << 31

// noProbe is until when, and for how many calls, there is no probe.
func (l *law) noProbe(now time.Duration) (until time.Duration, calls uint64) {
	if until, full := l.probes.Full(now, l.config.probes()); full {
		return until, many
	}
	calls = uint64(max(0, math.Ceil(l.nextProbe-l.refused)-1))
	if calls == 0 {
		return 0, 0
	}
	return l.lastProbe + l.config.ProbeInterval, calls
}

// earn takes a result while open.
func (l *law) earn(now time.Duration, o circuit.Outcome, failedBefore int) {
	if o != circuit.Success {
		if o == circuit.Overload && l.trial.successes > 0 {
			l.told, l.toldAt = true, now
		}
		l.trial.fail()
		return
	}
	first := l.counts.Successes == 1
	if now >= l.nextTrial {
		l.trialPeriod = min(2*l.trialPeriod, l.config.MaxTrialInterval)
		l.scheduleTrial(now)
		l.trial = l.newTrial(first && l.trial.confident || l.trusting(now))
	}
	switch {
	case first && failedBefore >= l.config.Depth:
		l.trial.confident = true
	case failedBefore >= outage*l.config.Depth:
		l.trial = l.newTrial(true)
	}
	if l.trial.confident && !l.trial.over() {
		l.nextProbe = min(l.nextProbe, l.refused+trialLength) // it is up again: soon there is to be more
	}
	l.trial.far = l.timing.far()
	l.trial.inFlight = 0
	if l.timing.steady() {
		ended := int(l.counts.Successes + l.counts.Failures + l.counts.Ignored)
		l.trial.inFlight = max(0, l.admitted-ended) // refusals may be marked, too
	}
	enough := float64(l.config.Purse)
	if l.trial.over() {
		l.credit += l.gain()
	} else {
		l.credit += l.generous()
		l.trial.successes++
		if l.trial.confident {
			enough /= 2
		}
	}
	if l.credit < enough {
		return
	}
	if t := l.trial; t.confident && t.failures > 1 {
		l.background.suppose(t.failures, t.failures+t.successes)
		l.measure()
	}
	l.close(now)
}

func (l *law) newTrial(confident bool) trial {
	return trial{confident: confident, odds: l.config.Threshold / (1 - l.config.Threshold)}
}

// generous is the number of calls that a success pays for where the share of
// failures may be as high as the threshold.
func (l *law) generous() float64 { return 1 / (1 - l.config.Threshold) }

// outage times Depth failures in a row are an outage, also where some calls had
// succeeded since the trip.
const outage = 3

// manyInARow successes say that nothing is wrong any more.
const manyInARow = 32

// gain is the number of calls that a success pays for after the trial. Calls thus
// grow by the same factor with each round trip; where that is long and nothing
// fails any more, by half as much more as it takes in seconds.
func (l *law) gain() float64 {
	if l.succeededInARow < manyInARow || !l.timing.far() {
		return l.config.Gain
	}
	return min(l.config.Gain+l.timing.roundTrip.Seconds()/2, max(l.config.Gain, l.generous()))
}

func (l *law) close(now time.Duration) {
	l.turn(circuit.Closed, "calls paid for")
	l.closedAt = now
	l.results = 0
	l.deficit, l.overloads = 0, 0
}

// scheduleTrial sets the time of the next one, which differs from client to client,
// though all tripped at once.
func (l *law) scheduleTrial(now time.Duration) {
	l.nextTrial = now + time.Duration((0.5+l.dice.Float64())*float64(l.trialPeriod))
}
