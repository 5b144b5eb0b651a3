package credit

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

const (
	// toldGain is the number of calls that a success pays for once the callee has
	// said that it is overloaded: the share of overloads that it settles at is 13 %
	// (0.15/1.15), more than one instance of ten that says so all the time. After
	// manyInARow successes, each pays for as many as in a trial.
	toldGain = 1.15
	// quiet is the time without an overload after which a full purse closes.
	quiet = 10 * time.Second
	// advance is the longest round trip for which half of the rate goes on.
	advance = time.Second
)

// tell opens the account of an overload. The calls that are in flight were admitted
// before it, so their results don't count: until the first of the new ones comes, at
// most for an advance, half of the calls is admitted unpaid.
func (l *law) tell(now time.Duration) {
	l.told, l.toldAt = true, now
	l.credit = float64(l.config.Purse) / 2
	l.advanced = now + advance
}

// earnTold takes a result while open, once the callee has said that it is
// overloaded. Then the purse being full doesn't close the breaker, and so no client
// keeps its whole rate while others hold back. A paid call that fails is given back:
// the threshold rule judges it.
func (l *law) earnTold(now time.Duration, o circuit.Outcome, failedBefore int) {
	switch o {
	case circuit.Success:
		gain := toldGain
		if l.succeededInARow >= manyInARow {
			gain = l.generous()
		}
		l.credit = min(l.credit+gain, 1.5*float64(l.config.Purse))
		l.judge(now, o, failedBefore)
		if l.credit >= float64(l.config.Purse) && now-l.toldAt >= quiet {
			l.told = false
			l.close(now)
		}
	case circuit.Overload:
		l.toldAt = now
		if l.failedInARow >= outage*l.config.Depth {
			l.told = false // now it serves nobody
		}
	default:
		l.judge(now, o, failedBefore)
	}
}
