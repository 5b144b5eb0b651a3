package sre

import (
	"math/rand/v2"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
	"github.com/go-fusebox/fusebox/core/internal/window"
)

// law is the formula, governing a core.
type law struct {
	core         *engine.Core
	config       Config
	dice         *rand.Rand
	window       *window.Window
	tried        *window.Window // while open: calls let through, as successes; given back, as failures
	lastDropping time.Duration  // the ratio was last seen above 0
	lastPass     time.Duration  // a call was last admitted, or the breaker opened
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
	if !forced && l.dice.Float64() < ratio {
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

func (l *law) Refused(now time.Duration) { l.window.Refused(now) }

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
