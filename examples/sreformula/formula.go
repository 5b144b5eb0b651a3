package main

import (
	"math"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// formula is the share of calls that the SRE book would refuse, written anew
// here, and not taken from the breaker, so as to judge it.
func formula(requests, accepts uint64, k float64) float64 {
	return max(0, (float64(requests)-k*float64(accepts))/float64(requests+1))
}

// tally sets what a breaker refused against what the formula said before each
// call. The formula's share moves with the window, so each call adds its own
// chance p to the expectation and p·(1−p) to the variance.
type tally struct {
	calls, refused     int
	expected, variance float64
}

// ask makes one call, and reports whether it was admitted; its outcome is the
// caller's to mark.
func (t *tally) ask(b breaker, k float64, countRefusals bool) (circuit.Permit, bool) {
	w := b.Snapshot().Window
	requests := w.Successes + w.Failures
	if countRefusals {
		requests += w.Refused
	}
	p := formula(requests, w.Successes, k)
	permit, err := b.Acquire()
	t.calls++
	t.expected += p
	t.variance += p * (1 - p)
	if err != nil {
		t.refused++
	}
	return permit, err == nil
}

type breaker interface {
	circuit.Acquirer
	circuit.Reporter
}

// formula and measured are shares of all calls.
func (t *tally) formula() float64  { return t.expected / float64(t.calls) }
func (t *tally) measured() float64 { return float64(t.refused) / float64(t.calls) }

// sigmas is how far the refusals are from the formula, in standard deviations.
// Where the formula leaves nothing to chance, any difference is infinite.
func (t *tally) sigmas() float64 {
	d := float64(t.refused) - t.expected
	if d == 0 {
		return 0
	}
	return d / math.Sqrt(t.variance)
}
