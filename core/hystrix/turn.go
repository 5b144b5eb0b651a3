package hystrix

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/probes"
)

func (l *law) open(now time.Duration, reason string) {
	l.core.Turn(circuit.Open, reason)
	l.plugged.begin(l)
	if l.plugged.watching() {
		l.wake, l.asked = now+l.plugged.patience(), 0
	} else {
		l.wake = now + l.openTime(now)
	}
}

// openTime is what the callee asked for, if it did, or the sleep window.
func (l *law) openTime(now time.Duration) time.Duration {
	span := min(l.asked-now, l.config.MaxRetryAfter)
	l.asked = 0
	if span <= 0 {
		l.sleep = l.nextSleep()
		span = l.sleep
	}
	if l.config.SleepJitter > 0 {
		span += time.Duration(l.dice.Float64() * l.config.SleepJitter * float64(span))
	}
	return span
}

// nextSleep doubles the last one where it may grow, and starts over after closing.
func (l *law) nextSleep() time.Duration {
	return max(l.config.SleepWindow, min(2*l.sleep, l.config.MaxSleepWindow))
}

// Advise is [engine.Adviser]'s.
func (l *law) Advise(now, retryAfter time.Duration) {
	l.asked = now + min(retryAfter, l.config.MaxRetryAfter)
}

func (l *law) halfOpen(reason string) {
	l.core.Turn(circuit.HalfOpen, reason)
	l.probes, l.succeeded = new(probes.Set), 0
	l.plugged.begin(l)
}

func (l *law) close(now time.Duration, reason string) {
	l.core.Turn(circuit.Closed, reason)
	l.Reset(now)
	if l.config.RampUp > 0 {
		l.ramp = max(1, now)
	}
}

// rampStart is the share of calls that are admitted right after closing.
const rampStart = 0.1

// ramping reports whether closing was so short a time ago that not all calls are
// admitted yet.
func (l *law) ramping(now time.Duration) bool {
	return l.ramp > 0 && now < l.ramp+l.config.RampUp
}

// rampShare is that of the calls which are admitted, while ramping.
func (l *law) rampShare(now time.Duration) float64 {
	return rampStart + (1-rampStart)*float64(now-l.ramp)/float64(l.config.RampUp)
}
