package circuittest

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

var errBoom = errors.New("boom")

// untilRefused calls b through call until it refuses one, TripAfter calls and
// the attempts that a partial breaker needs at most.
func (s Suite) untilRefused(t T, b circuit.Breaker, what string, call func() (refused bool)) {
	t.Helper()
	for range s.TripAfter + 1 {
		if call() {
			return
		}
	}
	if !refusing(b) {
		t.Errorf("after %d calls that %s, no call was refused", s.TripAfter+1, what)
	}
}

func panicCounts(t T, s Suite) {
	b := s.New()
	s.untilRefused(t, b, "panic", func() (refused bool) {
		defer func() {
			if r := recover(); r != nil && r != errBoom { //nolint:errorlint // the very value of the panic
				t.Errorf("recovered %v, want the panic's own value", r)
			} else if r == nil && !refused {
				t.Errorf("a panic did not go on unwinding")
			}
		}()
		err := circuit.Do(context.Background(), b, func(context.Context) error { panic(errBoom) })
		return err != nil
	})
}

func goexitCounts(t T, s Suite) {
	b := s.New()
	s.untilRefused(t, b, "exit", func() bool {
		var refused bool
		done := make(chan struct{})
		go func() {
			defer close(done)
			refused = circuit.Do(context.Background(), b, func(context.Context) error {
				runtime.Goexit()
				return nil
			}) != nil
		}()
		<-done
		return refused
	})
}

func ignoredDecidesNothing(t T, s Suite) {
	b := s.New()
	identity(t, b)
	for range 10 * s.TripAfter {
		p, err := circuit.Acquire(b)
		if err != nil {
			t.Fatalf("a call was refused after ignored ones only")
		}
		p.Ignore()
	}
	if snap, ok := snapshot(b); ok && (snap.State != circuit.Closed || snap.Window.Successes+snap.Window.Failures > 0) {
		t.Errorf("ignored calls were judged: %+v", snap)
	}
	s.trip(t, b)
	for range 10 * attempts {
		if p, err := circuit.Acquire(b); err == nil {
			p.Ignore()
		}
	}
	if !refusing(b) {
		t.Errorf("ignored calls closed the breaker")
	}
}

func cancelIsIgnored(t T, s Suite) {
	b := s.New()
	identity(t, b)
	for range 10 * s.TripAfter {
		ctx, cancel := context.WithCancel(context.Background())
		err := circuit.Do(ctx, b, func(ctx context.Context) error {
			cancel()
			return ctx.Err()
		})
		if errors.Is(err, circuit.ErrNotAllowed) {
			t.Fatalf("a call was refused after cancelled ones only")
		}
	}
	if snap, ok := snapshot(b); ok && snap.Total.Failures > 0 {
		t.Errorf("%d cancelled calls count as failures", snap.Total.Failures)
	}
}

func deadlineCounts(t T, s Suite) {
	b := s.New()
	s.untilRefused(t, b, "exceed their deadline", func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), time.Nanosecond)
		defer cancel()
		err := circuit.Do(ctx, b, func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		return errors.Is(err, circuit.ErrNotAllowed)
	})
}

// overloadCounts: an Overload is a failure at least. What is let through all the
// same, by a cap on the drop ratio or by an engine that paces its calls, must leave
// a quarter of them refused.
func overloadCounts(t T, s Suite) {
	b := s.New()
	if refused := serve(b, 100, 100); refused > 0 {
		t.Errorf("%d of 100 calls were refused, though all succeed", refused)
	}
	time.Sleep(time.Hour) // so that the successes don't weigh against what follows
	overloads, refused := uint64(0), 0
	for i := range s.TripAfter + attempts {
		p, err := circuit.Acquire(b)
		if err == nil {
			p.Done(circuit.Overload)
			overloads++
		} else if i >= s.TripAfter {
			refused++
		}
	}
	if refused < attempts/4 {
		t.Errorf("after %d overloads in a row %d of %d calls were refused, want %d at least",
			s.TripAfter, refused, attempts, attempts/4)
	}
	if snap, ok := snapshot(b); ok && snap.Total.Failures != overloads {
		t.Errorf("%d calls met an overload, Total.Failures is %d", overloads, snap.Total.Failures)
	}
	s.recovers(t, b, 100, 0)
}
