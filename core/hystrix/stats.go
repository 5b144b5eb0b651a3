package hystrix

import (
	"sync/atomic"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// Stats counts the calls of a [Command] since it was made. Each call that is judged
// counts in one of the first eight fields, each fallback in one of the three after them.
type Stats struct {
	Successes          uint64 `json:"successes"`
	Failures           uint64 `json:"failures"` // panics and overload included
	Timeouts           uint64 `json:"timeouts"`
	BadRequests        uint64 `json:"badRequests"`
	Interrupts         uint64 `json:"interrupts"`
	Ignored            uint64 `json:"ignored"` // otherwise, such as what a breaker further down refused
	ConcurrencyRejects uint64 `json:"concurrencyRejects"`
	ShortCircuits      uint64 `json:"shortCircuits"`

	FallbackSuccesses uint64 `json:"fallbackSuccesses"`
	FallbackFailures  uint64 `json:"fallbackFailures"` // panics included
	FallbackRejects   uint64 `json:"fallbackRejects"`

	// InFlight is the number of runs that have not returned, those whose call is over by
	// a timeout included.
	InFlight          int `json:"inFlight"`
	FallbacksInFlight int `json:"fallbacksInFlight"`
}

// Stats reads one counter after the other: each is exact, and none is behind what the
// caller knows to be over, but calls that end meanwhile may be in one and not in another.
func (c *Command) Stats() Stats {
	return Stats{
		Successes:          c.counts.successes.Load(),
		Failures:           c.counts.failures.Load(),
		Timeouts:           c.counts.timeouts.Load(),
		BadRequests:        c.counts.badRequests.Load(),
		Interrupts:         c.counts.interrupts.Load(),
		Ignored:            c.counts.ignored.Load(),
		ConcurrencyRejects: c.counts.concurrencyRejects.Load(),
		ShortCircuits:      c.counts.shortCircuits.Load(),
		FallbackSuccesses:  c.counts.fallbackSuccesses.Load(),
		FallbackFailures:   c.counts.fallbackFailures.Load(),
		FallbackRejects:    c.counts.fallbackRejects.Load(),
		InFlight:           int(c.runs.taken.Load()),
		FallbacksInFlight:  int(c.fallbacks.taken.Load()),
	}
}

type counts struct {
	successes, failures, timeouts, badRequests, interrupts, ignored atomic.Uint64
	concurrencyRejects, shortCircuits                               atomic.Uint64
	fallbackSuccesses, fallbackFailures, fallbackRejects            atomic.Uint64
}

// of is the counter of calls that end so.
func (c *counts) of(r circuit.Result) *atomic.Uint64 {
	switch r.Kind {
	case circuit.KindTimeout:
		return &c.timeouts
	case circuit.KindBadRequest:
		return &c.badRequests
	case circuit.KindInterrupt:
		return &c.interrupts
	case circuit.KindConcurrencyReject:
		return &c.concurrencyRejects
	case circuit.KindShortCircuit:
		return &c.shortCircuits
	}
	switch r.Outcome {
	case circuit.Success:
		return &c.successes
	case circuit.Ignored:
		return &c.ignored
	default:
		return &c.failures
	}
}

// places are those that a limit gives, by their number.
type places struct{ taken atomic.Int64 }

// take reports whether there is a place left; 0 is no limit.
func (p *places) take(limit int) bool {
	if limit == 0 {
		p.taken.Add(1)
		return true
	}
	for {
		n := p.taken.Load()
		if n >= int64(limit) {
			return false
		}
		if p.taken.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (p *places) leave() { p.taken.Add(-1) }
