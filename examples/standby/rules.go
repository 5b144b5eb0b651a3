package main

import (
	"maps"
	"sync"
	"sync/atomic"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// seen counts what rules see, by its kind. Every period has a rule of its own; this is
// what they share.
type seen struct {
	mu     sync.Mutex
	counts map[string]int
}

// add counts one result: a success, a failure, a timeout, a bad request, an interrupt, a
// concurrency reject or a short circuit.
func (s *seen) add(r circuit.Result) {
	kind := r.Kind.String()
	if r.Kind == circuit.KindPlain {
		kind = r.Outcome.String()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[kind]++
}

// all is what was seen so far.
func (s *seen) all() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.counts)
}

// opening opens the circuit at so many failures in a row. What neither succeeds nor fails
// doesn't end the row.
type opening struct {
	*seen
	failures int64
	inARow   atomic.Int64
}

func (o *opening) See(s circuit.State, r circuit.Result) circuit.State {
	o.add(r)
	switch {
	case r.Outcome == circuit.Success:
		o.inARow.Store(0)
	case r.Outcome.Failed() && o.inARow.Add(1) >= o.failures:
		return circuit.Open
	}
	return s
}

func (o *opening) String() string { return "failures in a row" }

// closing closes the circuit after so many successes, and opens it at a failure.
type closing struct {
	*seen
	enough    int64
	successes atomic.Int64
}

func (c *closing) See(s circuit.State, r circuit.Result) circuit.State {
	c.add(r)
	switch {
	case r.Outcome.Failed():
		return circuit.Open
	case r.Outcome == circuit.Success && c.successes.Add(1) >= c.enough:
		return circuit.Closed
	}
	return s
}

func (c *closing) String() string { return "live calls" }

var (
	_ hystrix.Rule = (*opening)(nil)
	_ hystrix.Rule = (*closing)(nil)
)
