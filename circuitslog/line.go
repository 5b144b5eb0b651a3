package circuitslog

import (
	"context"
	"log/slog"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// line tells of a change of state.
type line struct {
	event      *circuit.Event
	counted    bool // refused is
	refused    tally
	suppressed uint64
	late       bool
}

func levelOf(to circuit.State) slog.Level {
	if to == circuit.Open {
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

func (l line) write(logger *slog.Logger) {
	e := l.event
	message := "circuit breaker closed"
	switch e.To {
	case circuit.Open:
		message = "circuit breaker opened"
	case circuit.HalfOpen:
		message = "circuit breaker half-open"
	}
	attrs := make([]slog.Attr, 0, 12)
	add := func(a slog.Attr) { attrs = append(attrs, a) }
	if e.Key != "" {
		add(slog.String("key", e.Key))
	}
	add(slog.String("from", e.From.String()))
	add(slog.String("to", e.To.String()))
	add(slog.String("reason", e.Reason))
	if e.Before.Engine != "" {
		add(slog.String("engine", e.Before.Engine))
	}
	if e.Before.Mode != circuit.Auto {
		add(slog.String("mode", e.Before.Mode.String()))
	}
	if !e.Before.Since.IsZero() {
		add(slog.Duration("lasted", round(e.At.Sub(e.Before.Since))))
	}
	w := e.Before.Window
	add(slog.Group("window", "successes", w.Successes, "failures", w.Failures, "refused", w.Refused))
	if l.counted {
		attrs = l.refused.attrs(attrs)
	}
	if l.suppressed > 0 {
		add(slog.Uint64("suppressed", l.suppressed))
	}
	if l.late {
		add(slog.Time("at", e.At))
	}
	logger.LogAttrs(context.Background(), levelOf(e.To), message, attrs...)
}

// attrs appends t's; what would have been refused is rare.
func (t tally) attrs(to []slog.Attr) []slog.Attr {
	to = append(to, slog.Uint64("refused", t.refused))
	if t.would > 0 {
		to = append(to, slog.Uint64("would_refuse", t.would))
	}
	return to
}

func round(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
