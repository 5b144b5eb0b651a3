package sre

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
	"github.com/go-fusebox/fusebox/core/internal/window"
)

// law is the formula, governing a core.
type law struct {
	core         *engine.Core
	config       Config
	window       *window.Window
	tried        *window.Window // while open: calls let through, as successes; given back, as failures
	lastDropping time.Duration  // the ratio was last seen above 0
	lastPass     time.Duration  // a call was last admitted, or the breaker opened
	dropUntil    time.Duration  // the last lease to refuse
}

// Admit throws the dice.
func (l *law) Admit(now time.Duration, _ bool) (uint32, bool) {
	ratio := l.dropRatio(now)
	if ratio == 0 {
		if l.core.State() == circuit.Open && now-l.lastDropping >= l.window.Width() {
			l.core.Turn(circuit.Closed, "drop ratio 0")
			l.tried = nil
		}
		l.lastPass = now
		return 0, true
	}
	if l.core.State() == circuit.Closed {
		l.core.Turn(circuit.Open, "drop ratio above 0")
		l.tried = window.New(l.config.Window, l.config.Buckets)
		l.lastPass = now
	}
	l.lastDropping = now
	forced := l.config.ProbeInterval > 0 && now-l.lastPass >= l.config.ProbeInterval
	if !forced && l.core.Drops(ratio) {
		return 0, false
	}
	l.lastPass = now
	l.tried.Success(now)
	return 0, true
}

// dropRatio is the formula. While nothing has succeeded, a call that an open
// breaker let through is a request at once, not when its result comes: else a
// callee that hangs for longer than the window would leave it empty.
func (l *law) dropRatio(now time.Duration) float64 {
	sum := l.window.Sum(now)
	requests := sum.Successes + sum.Failures
	if l.tried != nil && sum.Successes == 0 && !l.config.CountRefusals {
		tried := l.tried.Sum(now)
		requests = max(requests, tried.Successes-min(tried.Failures, tried.Successes))
	}
	offered := requests + sum.Refused
	if offered < uint64(l.config.MinRequests) {
		return 0
	}
	if l.config.CountRefusals {
		requests = offered
	}
	excess := float64(requests) - float64(l.config.Protection) - l.config.K*float64(sum.Successes)
	return min(max(0, excess/float64(requests+1)), l.config.MaxDropRatio)
}

func (l *law) Refused(time.Duration) { l.window.Earlier(0, 1) }

func (l *law) Leased(now time.Duration, successes, refused uint64) {
	l.window.Earlier(successes, refused)
	if refused > 0 {
		l.lastDropping = max(l.lastDropping, min(now, l.dropUntil))
	}
}

// keepRatio is how long an open breaker goes by one drop ratio, at most.
const keepRatio = time.Millisecond

// Lease counts successes until the bucket's end, as all else would make them older
// than they are.
func (l *law) Lease(now time.Duration) engine.Lease {
	ratio := l.dropRatio(now)
	end := l.window.End(now)
	lease := engine.Lease{Count: end, Firm: true, Pace: l.window.Pace(now)}
	switch {
	case ratio > 0 && l.core.State() == circuit.Open:
		lease.Drop, lease.Calls = ratio, engine.Always
		lease.Refuse = min(now+keepRatio, end)
		if l.config.ProbeInterval > 0 {
			lease.Refuse = min(lease.Refuse, l.lastPass+l.config.ProbeInterval)
		}
		l.dropUntil = lease.Refuse
	case ratio == 0 && l.core.State() == circuit.Closed:
		lease.Admit = l.calm(now, end)
	}
	return lease
}

// calm is until when the ratio stays 0 whatever succeeds: forever, if the failures
// are too few with any number of successes; until the bucket's end, if they are
// with those that the window has, or those that make it count.
func (l *law) calm(now, end time.Duration) time.Duration {
	sum := l.window.Sum(now)
	enough := max(float64(l.config.MinRequests)-float64(sum.Failures)-float64(sum.Refused), 0)
	against := float64(sum.Failures)
	if l.config.CountRefusals {
		against += float64(sum.Refused)
	}
	against -= float64(l.config.Protection)
	forgiven := (l.config.K - 1) * (1 - 1e-9) // for each success; so that rounding can't matter
	switch {
	case against <= forgiven*enough:
		return engine.Forever
	case against <= forgiven*max(enough, float64(sum.Successes)):
		return end
	default:
		return 0
	}
}

func (l *law) Settle(now time.Duration, _ uint32, o circuit.Outcome) {
	if o == circuit.Ignored && l.tried != nil {
		l.tried.Failure(now)
	}
	l.Mark(now, o)
}

func (l *law) Mark(now time.Duration, o circuit.Outcome) {
	switch o {
	case circuit.Success:
		l.window.Success(now)
	case circuit.Ignored:
	default:
		l.window.Failure(now)
	}
}

func (l *law) Reset(time.Duration) {
	l.window.Reset()
	l.tried = nil
}

func (l *law) Show(now time.Duration, s *circuit.Snapshot) {
	s.Window = l.window.Sum(now)
	s.DropRatio = l.dropRatio(now)
}

func (l *law) update(now time.Duration, c Config) {
	if c.Window != l.config.Window || c.Buckets != l.config.Buckets {
		l.window = l.window.Resized(now, c.Window, c.Buckets)
		if l.tried != nil {
			l.tried = l.tried.Resized(now, c.Window, c.Buckets)
		}
	}
	l.config = c
}
