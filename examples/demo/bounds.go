package main

import (
	"math"
	"time"

	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/sre"
)

// What normal means after a fault: from a moment on, every call for steadyFor,
// and steadyCalls of them at least, was admitted and succeeded. The time to
// recover is from the end of the fault to the first such moment.
const (
	steadyFor   = 500 * time.Millisecond
	steadyCalls = 10
)

// reachBound is the largest share of the fault phase's calls that may reach the
// failing method through a breaker. To the n calls that the engine is expected
// to let through it adds
//
//   - 4√n for chance: an engine that throws dice for each call spreads by less
//     than √n, since each failure that passes lowers the odds of the next;
//   - one bucket's calls, which leave the window early, where there is a window;
//   - those on their way when the breaker changes its mind.
func reachBound(c config) float64 {
	n := c.engine.passes(c.rate, c.healthy, c.fault)
	n += 4*math.Sqrt(n) + inFlight
	n += float64(c.rate) * c.engine.bucket().Seconds()
	return min(1, n/(float64(c.rate)*c.fault.Seconds()))
}

// recoveryBound is the longest time to recover, 0 if the engine has no bound. The
// last failure comes in no later than a call's timeout after the end of the fault;
// a probe, where the engine needs one, is the next call.
func recoveryBound(c config) time.Duration {
	if c.engine.recovers == nil {
		return 0
	}
	return c.engine.recovers(c.rate, c.fault) + callTimeout + time.Second/time.Duration(c.rate)
}

// Of package credit: after n refused calls the next probe comes after probeGap·√n
// more on average, and half as many again at most; and failures in a row suffice
// to trip when they are spread over that time.
const (
	probeGap = 1.8
	spread   = 2 * time.Second
)

// paid is how many calls package credit admits of a fault phase in which all fail:
// those that trip, and the probes.
func paid(c credit.Config, rate int, fault time.Duration) float64 {
	r := float64(rate)
	passed := min(float64(c.Depth), max(float64(c.ConsecutiveFailures), 1+spread.Seconds()*r))
	refused := fault.Seconds()*r - passed
	for n := 2.0; n <= refused; n += max(1, min(probeGap*math.Sqrt(n), c.ProbeInterval.Seconds()*r)) {
		passed++
	}
	return passed
}

// repaid is how long package credit takes to admit all calls again, after a fault
// phase in which all failed: until the next probe, and the calls that then pay for
// the others.
func repaid(c credit.Config, rate int, fault time.Duration) time.Duration {
	r := float64(rate)
	probe := min(1.5*probeGap*math.Sqrt(fault.Seconds()*r)/r, c.ProbeInterval.Seconds())
	return time.Duration(math.Ceil(1000*(probe+10/r))) * time.Millisecond
}

// expected is how many calls the formula of package sre admits of a fault phase:
// each call is a fraction, as large as its probability.
func expected(c sre.Config, rate int, healthy, fault time.Duration) float64 {
	type counts struct{ successes, failures, refused float64 }
	length := int(c.Window.Seconds() * float64(rate)) // of the window, in calls
	before := int(healthy.Seconds() * float64(rate))
	calls := make([]counts, before+int(fault.Seconds()*float64(rate)))
	var in counts // the window
	passed := 0.0
	for i := range calls {
		requests, offered := in.successes+in.failures, in.successes+in.failures+in.refused
		if c.CountRefusals {
			requests = offered
		}
		drop := max(0, (requests-float64(c.Protection)-c.K*in.successes)/(requests+1))
		if offered < float64(c.MinRequests) {
			drop = 0
		}
		if i < before {
			calls[i].successes = 1 - drop
		} else {
			calls[i].failures = 1 - drop
			passed += 1 - drop
		}
		calls[i].refused = drop
		in.successes += calls[i].successes
		in.failures += calls[i].failures
		in.refused += drop
		if i >= length {
			in.successes -= calls[i-length].successes
			in.failures -= calls[i-length].failures
			in.refused -= calls[i-length].refused
		}
	}
	if c.ProbeInterval > 0 { // the floor of probes, where the formula would give less
		passed = max(passed, fault.Seconds()/c.ProbeInterval.Seconds())
	}
	return passed
}
