package hystrix

import (
	"math/rand/v2"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
	"github.com/go-fusebox/fusebox/core/internal/probes"
	"github.com/go-fusebox/fusebox/core/internal/window"
)

// law is the state machine, governing a core.
type law struct {
	core   *engine.Core
	config Config
	dice   *rand.Rand

	window *window.Window // while closed
	inARow int            // failures, while closed

	wake  time.Duration // the end of the sleep window, while open
	sleep time.Duration // its length, without jitter; 0 after closing

	probes    probes.Set // while half-open
	succeeded int
}

func (l *law) Admit(now time.Duration, anonymous bool) (uint32, bool) {
	switch l.core.State() {
	case circuit.Closed:
		return 0, true
	case circuit.Open:
		if now < l.wake {
			return 0, false
		}
		l.core.Turn(circuit.HalfOpen, "sleep window over")
		l.probes, l.succeeded = probes.Set{}, 0
	}
	return l.probes.Start(now, l.config.probes(), anonymous)
}

func (l *law) Refused(time.Duration) {}

func (l *law) Leased(_ time.Duration, successes, _ uint64) {
	if successes > 0 {
		l.window.Earlier(successes, 0)
		l.inARow = 0
	}
}

// Lease counts successes until the bucket's end, as all else would make them older
// than they are.
func (l *law) Lease(now time.Duration) (lease engine.Lease) {
	switch l.core.State() {
	case circuit.Closed:
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
		l.count(now, o)
	case circuit.HalfOpen:
		if _, ok := l.probes.End(id); ok {
			l.probed(now, o)
		}
	}
}

func (l *law) Mark(now time.Duration, o circuit.Outcome) {
	switch l.core.State() {
	case circuit.Closed:
		l.count(now, o)
	case circuit.HalfOpen:
		if _, ok := l.probes.EndAnonymous(); ok {
			l.probed(now, o)
		}
	}
}

// count takes an outcome while closed.
func (l *law) count(now time.Duration, o circuit.Outcome) {
	switch o {
	case circuit.Ignored:
		return
	case circuit.Success:
		l.window.Success(now)
		l.inARow = 0
	default:
		l.window.Failure(now)
		l.inARow++
	}
	sum := l.window.Sum(now)
	calls := sum.Successes + sum.Failures
	switch {
	case l.config.ConsecutiveFailures > 0 && l.inARow >= l.config.ConsecutiveFailures:
		l.open(now, "consecutive failures")
	case l.config.ErrorPercentThreshold > 0 && calls >= uint64(l.config.RequestVolumeThreshold) &&
		100*float64(sum.Failures) >= l.config.ErrorPercentThreshold*float64(calls):
		l.open(now, "error percentage")
	}
}

// probed takes a probe's outcome while half-open.
func (l *law) probed(now time.Duration, o circuit.Outcome) {
	switch o {
	case circuit.Ignored:
	case circuit.Success:
		if l.succeeded++; l.succeeded >= l.config.SuccessesToClose {
			l.core.Turn(circuit.Closed, "probes succeeded")
			l.Reset(now)
		}
	default:
		l.open(now, "probe failed")
	}
}

func (l *law) open(now time.Duration, reason string) {
	l.core.Turn(circuit.Open, reason)
	l.sleep = l.nextSleep()
	l.wake = now + l.sleep
	if l.config.SleepJitter > 0 {
		l.wake += time.Duration(l.dice.Float64() * l.config.SleepJitter * float64(l.sleep))
	}
}

// nextSleep doubles the last one where it may grow, and starts over after closing.
func (l *law) nextSleep() time.Duration {
	return max(l.config.SleepWindow, min(2*l.sleep, l.config.MaxSleepWindow))
}

func (l *law) Reset(time.Duration) {
	l.window.Reset()
	l.inARow, l.wake, l.sleep, l.succeeded = 0, 0, 0, 0
	l.probes = probes.Set{}
}

func (l *law) Show(now time.Duration, s *circuit.Snapshot) {
	s.Window = l.window.Sum(now)
	switch l.core.State() {
	case circuit.Open:
		if now < l.wake {
			s.DropRatio = 1
			s.RetryAfter = l.wake - now
		}
	case circuit.HalfOpen:
		s.Probes = l.probes.InFlight(now, l.config.probes())
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
	l.config = c
}
