package composition_test

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// together is the sum of tallies.
type together struct {
	mu sync.Mutex
	tally
}

func (a *together) add(n tally) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.tally == nil {
		a.tally = tally{}
	}
	for what, many := range n {
		a.tally[what] += many
	}
}

// wantEach wants everything to have happened at least a few times.
func (a *together) wantEach(t *testing.T) {
	t.Helper()
	for _, what := range slices.Sorted(maps.Keys(a.tally)) {
		t.Logf("%8d %s", a.tally[what], what)
		if a.tally[what] < 5 {
			t.Errorf("%s: %d, which shows little", what, a.tally[what])
		}
	}
}

// tally is what happened, in all worlds: a proof about histories in which nothing does
// shows nothing.
type tally map[string]uint64

func (n tally) take(w *world) {
	for _, l := range w.layers {
		n["layers of "+l.kind]++
	}
	n["calls of the callee"] += uint64(w.reached.Load())
	for _, c := range w.chains {
		s := c.engine.Snapshot()
		n["calls"] += c.calls
		n["health checks"] += uint64(c.engine.checked())
		n["refusals by "+s.Engine] += s.Total.Refused
		n["admitted only to observe"] += s.Total.WouldRefuse
		n["openings of "+s.Engine] += s.Entered.Open
		n["closings of "+s.Engine] += s.Entered.Closed
		n["permits lost"] += c.gone
		n["panics"] += c.thrown
		n["panics, too late"] += c.thrownLate
		n["outcomes that are not certain"] += c.unsure
		if c.limit != nil {
			n["places refused"] += c.limit.Stats().Rejected
			n["places expired"] += c.limit.Stats().Expired
		}
		if _, ok := c.limit.(adaptive); ok {
			n["adaptive limits"]++
		}
		if c.command != nil {
			s := c.command.Stats()
			n["fallbacks"] += s.FallbackSuccesses + s.FallbackFailures
			n["fallbacks refused"] += s.FallbackRejects
		}
		for k, n1 := range c.outermost().kinds {
			n[fmt.Sprint("ends: ", circuit.Kind(k))] += n1
		}
		n["ends: overload"] += c.outermost().ends[circuit.Overload]
	}
}
