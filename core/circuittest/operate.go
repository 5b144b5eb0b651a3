package circuittest

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

func setMode(t T, b circuit.Breaker, m circuit.Mode) {
	t.Helper()
	if err := as[circuit.ModeSetter](t, b).SetMode(m); err != nil {
		t.Fatalf("SetMode(%v): %v", m, err)
	}
	if snap, ok := snapshot(b); ok && snap.Mode != m {
		t.Errorf("Mode is %v, was set to %v", snap.Mode, m)
	}
}

func observeMode(t T, s Suite) {
	b := s.New()
	setMode(t, b, circuit.Observe)
	for range s.TripAfter + attempts {
		p, err := circuit.Acquire(b)
		if err != nil {
			t.Fatalf("a call was refused in mode observe")
		}
		p.Failure()
	}
	if snap, ok := snapshot(b); ok && (snap.Total.WouldRefuse == 0 || snap.Total.Refused != 0 || snap.State == circuit.Closed) {
		t.Errorf("mode observe does not show what would be refused: %+v", snap)
	}
	setMode(t, b, circuit.Auto)
	if !refusing(b) {
		t.Errorf("back in mode auto, the breaker forgot what it had observed")
	}
}

func forceOpen(t T, s Suite) {
	b := s.New()
	setMode(t, b, circuit.ForceOpen)
	if snap, ok := snapshot(b); ok && snap.RetryAfter != 0 {
		t.Errorf("forced open: retry after %v, want 0, as nobody knows", snap.RetryAfter)
	}
	if refused := serve(b, 1000, 100); refused != 1000 {
		t.Errorf("%d of 1000 calls were refused, want all", refused)
	}
	if snap, ok := snapshot(b); ok && (snap.State != circuit.Open || snap.DropRatio != 1) {
		t.Errorf("forced open: state %v, drop ratio %v, want open, 1", snap.State, snap.DropRatio)
	}
	setMode(t, b, circuit.Auto)
	if refused := serve(b, 100, 100); refused > 0 {
		t.Errorf("after it was forced open the breaker did not start closed: %d of 100 calls were refused", refused)
	}
	if err := as[circuit.ModeSetter](t, b).SetMode(circuit.Mode(99)); err == nil {
		t.Errorf("SetMode(99): no error")
	}
	if snap, ok := snapshot(b); ok && snap.Mode != circuit.Auto {
		t.Errorf("a mode that does not exist changed the mode to %v", snap.Mode)
	}
}

func forceClose(t T, s Suite) {
	b := s.tripped(t)
	setMode(t, b, circuit.ForceClose)
	for range s.TripAfter + attempts {
		p, err := circuit.Acquire(b)
		if err != nil {
			t.Fatalf("a call was refused though the breaker is forced closed")
		}
		p.Failure()
	}
	if snap, ok := snapshot(b); ok && (snap.State != circuit.Closed || snap.DropRatio != 0) {
		t.Errorf("forced closed: state %v, drop ratio %v, want closed, 0", snap.State, snap.DropRatio)
	}
	setMode(t, b, circuit.Auto)
	if refusing(b) {
		t.Errorf("after it was forced closed the breaker did not start closed")
	}
	s.trip(t, b)
}

// episode is an outage and its end, long after any earlier one.
func (s Suite) episode(t T, b circuit.Breaker) {
	t.Helper()
	time.Sleep(time.Hour)
	s.trip(t, b)
	s.recovers(t, b, 100, 0)
}

func events(t T, s Suite) {
	b := s.New()
	var got []circuit.Event
	as[circuit.Observable](t, b).Observe(func(e circuit.Event) { got = append(got, e) })
	start := time.Now()
	s.episode(t, b)
	s.episode(t, b)
	if len(got) < 4 {
		t.Fatalf("two outages made %d events, want 4 at least", len(got))
	}
	at, last := start, circuit.Closed
	for i, e := range got {
		if e.From != last || e.To == e.From {
			t.Errorf("event %d goes from %v to %v, the breaker was %v", i, e.From, e.To, last)
		}
		if e.Before.State != e.From {
			t.Errorf("event %d goes from %v, its Before says %v", i, e.From, e.Before.State)
		}
		if e.At.Before(at) || e.At.After(time.Now()) {
			t.Errorf("event %d is of %v, the one before of %v", i, e.At, at)
		}
		if e.Reason == "" {
			t.Errorf("event %d has no reason", i)
		}
		at, last = e.At, e.To
	}
	if last != circuit.Closed {
		t.Errorf("the last event leaves the breaker %v", last)
	}
	if snap, ok := snapshot(b); ok && !snap.Since.Equal(at) {
		t.Errorf("Since is %v, the last event was at %v", snap.Since, at)
	}
}

// eventsInOrder has many goroutines change the state at once, less often in all
// than a breaker keeps events for a slow observer.
func eventsInOrder(t T, s Suite) {
	b := s.New()
	setter := as[circuit.ModeSetter](t, b)
	var running atomic.Bool
	last, told := circuit.Closed, 0
	as[circuit.Observable](t, b).Observe(func(e circuit.Event) {
		if running.Swap(true) {
			t.Errorf("an observer was called before its last call returned")
		}
		if e.From != last {
			t.Errorf("event %d goes from %v, the one before to %v", told, e.From, last)
		}
		last = e.To
		told++
		running.Store(false)
	})
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 6 {
				_ = setter.SetMode(circuit.ForceOpen)
				_ = setter.SetMode(circuit.Auto)
			}
		})
	}
	all.Wait()
	if told < 2 {
		t.Errorf("the observer was told of %d changes, want 2 at least", told)
	}
}

// observerMayCallBack finds out whether a lock is held while an observer runs.
// The wait for that is in real time: a bubble would not see the deadlock.
func observerMayCallBack(t T, s Suite) {
	b := s.New()
	calls, running := 0, false
	as[circuit.Observable](t, b).Observe(func(e circuit.Event) {
		if running {
			t.Errorf("an observer was called before its last call returned")
		}
		running = true
		defer func() { running = false }()
		calls++
		if snap, ok := snapshot(b); ok && snap.State != e.To {
			t.Errorf("told of a change to %v while the breaker is %v: not after the change", e.To, snap.State)
		}
		if p, err := circuit.Acquire(b); err == nil {
			p.Ignore()
		}
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.trip(t, b)
	}()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatalf("a breaker that is used by its own observer hangs: a lock is held")
	}
	if calls != 1 {
		t.Errorf("the observer was called %d times, want once", calls)
	}
}

func observerPanics(t T, s Suite) {
	b := s.New()
	o := as[circuit.Observable](t, b)
	calls := 0
	o.Observe(func(circuit.Event) { panic(errBoom) })
	o.Observe(func(circuit.Event) { calls++ })
	s.episode(t, b)
	if calls < 2 {
		t.Errorf("a panic in one observer kept another from its events: it got %d, want 2 at least", calls)
	}
}

func observerStops(t T, s Suite) {
	b := s.New()
	calls := 0
	stop := as[circuit.Observable](t, b).Observe(func(circuit.Event) { calls++ })
	s.trip(t, b)
	stop()
	stop()
	seen := calls
	s.recovers(t, b, 100, 0)
	if seen == 0 || calls != seen {
		t.Errorf("the observer was called %d times before stop, want some, and %d after, want none", seen, calls-seen)
	}
}
