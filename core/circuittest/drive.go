package circuittest

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// attempts is how often a breaker that drops only a share of its calls is asked
// before it is taken to admit them all.
const attempts = 200

// trip makes failing calls until b refuses one.
func (s Suite) trip(t T, b circuit.Breaker) {
	t.Helper()
	for range s.TripAfter + 1 {
		p, err := circuit.Acquire(b)
		if err != nil {
			return
		}
		p.Failure()
	}
	for range attempts { // by now it refuses a share of them at least
		p, err := circuit.Acquire(b)
		if err != nil {
			return
		}
		p.Ignore()
	}
	t.Fatalf("after %d failures in a row no call was refused", s.TripAfter+1)
}

// tripped is a fresh breaker that refuses calls.
func (s Suite) tripped(t T) circuit.Breaker {
	t.Helper()
	b := s.New()
	s.trip(t, b)
	return b
}

// serve offers n successful calls at rate, and returns how many were refused.
func serve(b circuit.Breaker, n int, rate float64) (refused int) {
	for range n {
		time.Sleep(time.Duration(float64(time.Second) / rate))
		p, err := circuit.Acquire(b)
		if err != nil {
			refused++
			continue
		}
		p.Success()
	}
	return refused
}

// refusing reports whether b refuses one of many calls at this moment. What it
// admits instead is given back.
func refusing(b circuit.Breaker) bool {
	for range attempts {
		p, err := circuit.Acquire(b)
		if err != nil {
			return true
		}
		p.Ignore()
	}
	return false
}

// recovers offers healthy traffic at rate for the time that the suite allows and
// extra, and reports an error if a call is refused after that.
func (s Suite) recovers(t T, b circuit.Breaker, rate float64, extra time.Duration) {
	t.Helper()
	bound := s.bound(t, rate) + extra
	serve(b, int(bound.Seconds()*rate)+1, rate)
	n := max(20, min(1000, int(5*rate)))
	if refused := serve(b, n, rate); refused > 0 {
		t.Errorf("at %v calls a second, %d of %d were refused after %v of healthy traffic", rate, refused, n, bound)
	}
}

func (s Suite) bound(t T, rate float64) time.Duration {
	t.Helper()
	if s.Recovery == nil {
		t.Skipf("the suite has no Recovery")
	}
	return s.Recovery(rate)
}

// identity skips the test of a breaker whose calls have none.
func identity(t T, b circuit.Breaker) {
	t.Helper()
	if _, ok := b.(circuit.Acquirer); !ok {
		t.Skipf("a %T is no circuit.Acquirer", b)
	}
	// A wrapper may be one around a breaker that isn't.
	if inner, ok := b.(circuit.Unwrapper); ok {
		identity(t, inner.Unwrap())
	}
}

func as[C any](t T, b circuit.Breaker) C {
	t.Helper()
	c, ok := circuit.As[C](b)
	if !ok {
		t.Skipf("a %T is no %T", b, &c)
	}
	return c
}

// snapshot is b's, or the zero one with ok false.
func snapshot(b circuit.Breaker) (s circuit.Snapshot, ok bool) {
	r, ok := circuit.As[circuit.Reporter](b)
	if ok {
		s = r.Snapshot()
	}
	return s, ok
}
