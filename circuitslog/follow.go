package circuitslog

import (
	"log/slog"
	"sync"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// Follow writes what the breakers of g do, those that it has and those that it will
// make, until stop is called: a line for each change of state, and summaries of what
// they refuse, as the package says. A breaker that refuses already is in the summaries
// from here on; one that the group removed or evicted tells nothing more. A nil logger
// is [slog.Default], as it is when a line is written.
//
// stop writes what is left to tell: changes that wait for the end of their interval,
// and a last summary. It may be called more than once.
func Follow(g *group.Group, logger *slog.Logger, opts ...Option) (stop func()) {
	j := newJournal(logger, opts)
	j.group = g
	unobserve := g.Observe(j.observe)
	unvisit := g.Each(j.visit)
	return sync.OnceFunc(func() {
		unobserve()
		unvisit()
		j.stop()
	})
}

// visit begins with a breaker that is there already, or that is made in a state of which
// no event tells.
func (j *journal) visit(key string, b circuit.Breaker) {
	reporter, ok := circuit.As[circuit.Reporter](b)
	if !ok {
		return
	}
	s := reporter.Snapshot()
	if s.State == circuit.Closed {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.stopped {
		return
	}
	j.mayBegin()
	if r := j.records.of(key); s.Since.After(r.at) {
		r.adopt(&s, time.Now())
	}
	j.arm()
}

func (j *journal) stop() {
	j.mu.Lock()
	if j.timer != nil {
		j.timer.Stop()
	}
	held := j.next() // the interval in which those have room
	j.stopped = true
	j.mu.Unlock()
	defer j.summarize()
	j.tell(held)
}
