package circuitslog

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// refusing is a breaker that is not closed, and what it refused since the last summary.
type refusing struct {
	key      string
	snapshot circuit.Snapshot
	refused  tally
	over     time.Duration
}

// summarize tells what breakers refuse, and has itself called again as long as one isn't
// closed.
func (j *journal) summarize() {
	if j.group == nil {
		return
	}
	all := j.count(j.unhealthy())
	slices.SortFunc(all, func(a, b refusing) int {
		return cmp.Or(
			cmp.Compare(b.refused.refused, a.refused.refused),
			cmp.Compare(b.refused.would, a.refused.would),
			cmp.Compare(a.key, b.key))
	})
	top := min(len(all), j.top)
	for _, r := range all[:top] {
		j.contain(r.write)
	}
	if rest := all[top:]; len(rest) > 0 {
		j.contain(func(logger *slog.Logger) { j.writeRest(logger, rest) })
	}
}

// unhealthy are the breakers that are not closed. No lock is held: a breaker is foreign
// code.
func (j *journal) unhealthy() (all []refusing) {
	for key, b := range j.group.All() {
		if reporter, ok := circuit.As[circuit.Reporter](b); ok {
			if s := reporter.Snapshot(); s.State != circuit.Closed {
				all = append(all, refusing{key: key, snapshot: s})
			}
		}
	}
	return all
}

// count leaves those that have refused something since the last summary.
func (j *journal) count(all []refusing) (some []refusing) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(all) > 0 && !j.stopped {
		j.arm()
	}
	now := time.Now()
	for _, r := range all {
		known := j.records.of(r.key)
		switch {
		case known.at.IsZero():
			known.adopt(&r.snapshot, now)
		case known.at.After(r.snapshot.Since): // it has changed since
		default:
			total := tallyOf(&r.snapshot)
			r.refused, r.over = total.since(known.summed), round(now.Sub(known.sumFrom))
			known.summed, known.sumFrom = total, now
			if !r.refused.none() {
				some = append(some, r)
			}
		}
	}
	return some
}

func (r refusing) write(logger *slog.Logger) {
	attrs := append(make([]slog.Attr, 0, 6),
		slog.String("key", r.key), slog.String("state", r.snapshot.State.String()))
	if r.snapshot.Mode != circuit.Auto {
		attrs = append(attrs, slog.String("mode", r.snapshot.Mode.String()))
	}
	attrs = append(r.refused.attrs(attrs), slog.Duration("over", r.over))
	level, message := r.refused.words("circuit breaker refuses calls", "circuit breaker would refuse calls")
	logger.LogAttrs(context.Background(), level, message, attrs...)
}

func (j *journal) writeRest(logger *slog.Logger, rest []refusing) {
	var sum tally
	for _, r := range rest {
		sum = sum.plus(r.refused)
	}
	attrs := sum.attrs([]slog.Attr{slog.Int("keys", len(rest))})
	level, message := sum.words("more circuit breakers refuse calls", "more circuit breakers would refuse calls")
	logger.LogAttrs(context.Background(), level, message, attrs...)
}

// words are those of a summary: a trial that refuses nothing is no cause for alarm.
func (t tally) words(refused, would string) (slog.Level, string) {
	if t.refused > 0 {
		return slog.LevelWarn, refused
	}
	return slog.LevelInfo, would
}
