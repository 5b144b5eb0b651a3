package hystrix

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/dice"
	"github.com/go-fusebox/fusebox/core/internal/engine"
	"github.com/go-fusebox/fusebox/core/internal/probes"
	"github.com/go-fusebox/fusebox/core/internal/window"
)

// law is the state machine, governing a core.
type law struct {
	core   *engine.Core
	config Config
	dice   dice.Source

	window *window.Window // while closed; its count of refusals is that of slow calls
	inARow int            // failures, while closed
	asked  time.Duration  // until when the callee wants to be left alone
	ramp   time.Duration  // the time of closing, while it goes on; else 0

	wake  time.Duration // the end of the sleep window, while open
	sleep time.Duration // its length, without jitter; 0 after closing

	probes    *probes.Set // while half-open
	succeeded int

	plugged *plugged // nil without options
}

func (l *law) Admit(now time.Duration, anonymous bool) (uint32, bool) {
	switch l.core.State() {
	case circuit.Closed:
		return l.stamp(now), !l.ramping(now) || l.lucky(l.rampShare(now))
	case circuit.Open:
		if now < l.wake {
			return 0, false
		}
		l.halfOpen("sleep window over")
	}
	if _, full := l.probes.Full(now, l.config.probes()); full || !l.lucky(l.config.ProbeRatio) {
		return 0, false
	}
	return l.probes.Start(now, l.config.probes(), anonymous)
}

// lucky throws the dice, unless the share of the lucky is all.
func (l *law) lucky(share float64) bool { return share >= 1 || l.dice.Float64() < share }

func (l *law) Refused(time.Duration) {}

func (l *law) Leased(_ time.Duration, successes, _ uint64) {
	if successes > 0 {
		l.window.Earlier(successes, 0)
		l.inARow, l.asked = 0, 0
	}
}

// Lease counts successes until the bucket's end, as all else would make them older
// than they are.
func (l *law) Lease(now time.Duration) (lease engine.Lease) {
	switch l.core.State() {
	case circuit.Closed:
		if l.timing() || l.ramping(now) {
			return lease // each call is put to the law
		}
		lease.Admit = engine.Forever
		l.calm(now, &lease)
	case circuit.Open:
		lease.Refuse, lease.Calls, lease.Drop = l.wake, engine.Always, 1
	case circuit.HalfOpen:
		if until, full := l.probes.Full(now, l.config.probes()); full {
			lease.Refuse, lease.Calls, lease.Drop = until, engine.Always, 1
		}
	}
	return lease
}

// calm lends the counting of successes that can't open the breaker. With failures
// too few for any number of calls that counts, none ever does, and it matters little
// if one counts a bit early. With more, their share must be too small, and
// falls until the bucket's end.
func (l *law) calm(now time.Duration, lease *engine.Lease) {
	sum := l.window.Sum(now)
	calls := float64(sum.Successes + sum.Failures)
	enough := float64(l.config.RequestVolumeThreshold)
	few := func(failures uint64, calls float64) bool {
		return l.config.ErrorPercentThreshold < 0 || 100*float64(failures) < l.config.ErrorPercentThreshold*calls
	}
	if !few(sum.Failures, max(enough, calls)) {
		return
	}
	lease.Count, lease.Pace = l.window.End(now), 1
	if few(sum.Failures, enough) {
		lease.Pace = l.window.Pace(now)
	}
	lease.Firm = few(sum.Failures+1, max(enough, calls+1)) &&
		(l.config.ConsecutiveFailures == 0 || l.inARow+1 < l.config.ConsecutiveFailures)
}

func (l *law) Settle(now time.Duration, id uint32, o circuit.Outcome) {
	switch l.core.State() {
	case circuit.Closed:
		l.count(now, o, l.slow(l.since(now, id)))
	case circuit.HalfOpen:
		if start, ok := l.probes.End(id); ok {
			l.probed(now, o, l.slow(now-start))
		}
	}
}

func (l *law) Mark(now time.Duration, o circuit.Outcome) {
	switch l.core.State() {
	case circuit.Closed:
		l.count(now, o, false)
	case circuit.HalfOpen:
		if _, ok := l.probes.EndAnonymous(); ok {
			l.probed(now, o, false)
		}
	}
}

// count takes an outcome while closed.
func (l *law) count(now time.Duration, o circuit.Outcome, slow bool) {
	switch o {
	case circuit.Ignored:
		return
	case circuit.Success:
		l.window.Success(now)
		l.inARow, l.asked = 0, 0
	default:
		l.window.Failure(now)
		l.inARow++
	}
	if slow {
		l.window.Earlier(0, 1)
	}
	sum := l.window.Sum(now)
	calls := sum.Successes + sum.Failures
	switch {
	case l.config.ConsecutiveFailures > 0 && l.inARow >= l.config.ConsecutiveFailures:
		l.open(now, "consecutive failures")
	case l.config.ErrorPercentThreshold > 0 && calls >= uint64(l.config.RequestVolumeThreshold) &&
		100*float64(sum.Failures) >= l.config.ErrorPercentThreshold*float64(calls):
		l.open(now, "error percentage")
	case l.timing() && calls >= uint64(l.config.RequestVolumeThreshold) &&
		100*float64(sum.Refused) >= l.config.SlowCallPercentThreshold*float64(calls):
		l.open(now, "slow call percentage")
	}
}

// probed takes a probe's outcome while half-open, unless a rule decides on it.
func (l *law) probed(now time.Duration, o circuit.Outcome, slow bool) {
	if !l.plugged.ended() {
		l.judge(now, o, slow)
	}
}

// judge takes it by the settings.
func (l *law) judge(now time.Duration, o circuit.Outcome, slow bool) {
	switch {
	case o == circuit.Ignored:
	case o != circuit.Success:
		l.open(now, "probe failed")
	case slow:
		l.open(now, "slow probe")
	default:
		if l.succeeded++; l.succeeded >= l.config.SuccessesToClose {
			l.close(now, "probes succeeded")
		}
	}
}

func (l *law) Reset(time.Duration) {
	l.window.Reset()
	l.inARow, l.wake, l.sleep, l.succeeded, l.asked, l.ramp = 0, 0, 0, 0, 0, 0
	l.probes = nil
	l.plugged.begin(l)
}

func (l *law) Show(now time.Duration, s *circuit.Snapshot) {
	s.Window = l.window.Sum(now)
	s.SlowCalls, s.Window.Refused = s.Window.Refused, 0
	switch l.core.State() {
	case circuit.Closed:
		if l.ramping(now) {
			s.DropRatio = 1 - l.rampShare(now)
		}
	case circuit.Open:
		if now < l.wake {
			s.DropRatio = 1
			if !l.plugged.watching() {
				s.RetryAfter = l.wake - now
			}
		}
	case circuit.HalfOpen:
		s.Probes = l.probes.InFlight(now, l.config.probes())
		s.DropRatio = 1 - l.config.ProbeRatio
		if s.Probes >= l.config.Probes {
			s.DropRatio = 1
		}
	}
}

// update changes the settings; an open breaker sleeps on as it fell asleep.
func (l *law) update(now time.Duration, c Config) {
	if c.Window != l.config.Window || c.Buckets != l.config.Buckets {
		l.window = l.window.Resized(now, c.Window, c.Buckets)
	}
	if !l.ramping(now) {
		l.ramp = 0 // what is over doesn't come back by a longer RampUp
	}
	l.config = c
}
