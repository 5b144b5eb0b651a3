package circuittest

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// Suite describes the breaker under test.
type Suite struct {
	// New makes a fresh, closed breaker. It is called in a synctest bubble, so
	// that the breaker's clock is the bubble's.
	New func() circuit.Breaker
	// TripAfter is the number of failures in a row, at one moment, by which a
	// fresh breaker refuses calls. Default: 200.
	TripAfter int
	// Recovery is how long the breaker may take, from the moment on from which
	// every call succeeds, until it admits every call, when rate calls a second
	// are offered, from 0.2 to 5,000; also after calls that asked, by their RetryAfter,
	// for more. Checks that need it are skipped where it is nil.
	Recovery func(rate float64) time.Duration
	// PermitLife is how much longer recovery may take because permits were lost, or
	// are still in flight.
	PermitLife time.Duration
	// Probes is the most calls in flight in the half-open state, 0 for a
	// breaker that has no such state.
	Probes int
}

// T is the part of [testing.T] that the checks use.
type T interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
}

// Check is one part of the contract.
type Check struct {
	Name string
	// Run makes breakers by s.New and reports to t what they do wrong. It
	// expects a complete Suite.
	Run func(t T, s Suite)
	// RealTime is set where Run is not to be called in a synctest bubble.
	RealTime bool
}

// Run runs every check as a subtest.
func (s Suite) Run(t *testing.T) {
	t.Helper()
	s = s.complete()
	for _, c := range Checks() {
		t.Run(c.Name, func(t *testing.T) {
			if c.RealTime {
				c.Run(t, s)
				return
			}
			synctest.Test(t, func(t *testing.T) { c.Run(t, s) })
		})
	}
}

func (s Suite) complete() Suite {
	if s.TripAfter == 0 {
		s.TripAfter = 200
	}
	return s
}

// Checks lists the contract.
func Checks() []Check {
	return []Check{
		{Name: "AdmitsWhileHealthy", Run: admitsWhileHealthy},
		{Name: "Trips", Run: trips},
		{Name: "TripsByBareMethods", Run: tripsByBareMethods},
		{Name: "RefusalsAreNoFailures", Run: refusalsAreNoFailures},
		{Name: "MarkedRefusals", Run: markedRefusals},
		{Name: "ZeroPermit", Run: zeroPermit},
		{Name: "PanicCounts", Run: panicCounts},
		{Name: "GoexitCounts", Run: goexitCounts},
		{Name: "IgnoredDecidesNothing", Run: ignoredDecidesNothing},
		{Name: "CancelIsIgnored", Run: cancelIsIgnored},
		{Name: "DeadlineCounts", Run: deadlineCounts},
		{Name: "OverloadCounts", Run: overloadCounts},
		{Name: "ResultCounts", Run: resultCounts},
		{Name: "ResultDecides", Run: resultDecides},
		{Name: "RetryAfterIsBounded", Run: retryAfterIsBounded},
		{Name: "Recovery", Run: recovery},
		{Name: "LostPermits", Run: lostPermits},
		{Name: "LostProbes", Run: lostProbes},
		{Name: "PanickingProbe", Run: panickingProbe},
		{Name: "IgnoredProbe", Run: ignoredProbe},
		{Name: "StaleSuccess", Run: staleSuccess},
		{Name: "StaleFailure", Run: staleFailure},
		{Name: "StaleWhileHalfOpen", Run: staleWhileHalfOpen},
		{Name: "ProbeBound", Run: probeBound},
		{Name: "Observe", Run: observeMode},
		{Name: "ForceOpen", Run: forceOpen},
		{Name: "ForceClose", Run: forceClose},
		{Name: "Override", Run: override},
		{Name: "Admissions", Run: admissions},
		{Name: "Events", Run: events},
		{Name: "EventsInOrder", Run: eventsInOrder},
		{Name: "ObserverMayCallBack", Run: observerMayCallBack, RealTime: true},
		{Name: "ObserverPanics", Run: observerPanics},
		{Name: "ObserverStops", Run: observerStops},
		{Name: "SnapshotJSON", Run: snapshotJSON},
		{Name: "Concurrency", Run: concurrency},
		{Name: "ConcurrentOutage", Run: concurrentOutage},
	}
}
