package migrate_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/timeout"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

func failsafeTimeout(t *testing.T) {
	theirs, ours := failsafeTheirs{}, failsafeOurs{}
	for _, c := range []struct {
		name         string
		fetch        func(context.Context) (string, error)
		theirs, ours time.Duration
	}{
		{"heeds its context", func(ctx context.Context) (string, error) { <-ctx.Done(); return "", ctx.Err() }, time.Second, time.Second},
		{"does not", func(context.Context) (string, error) { time.Sleep(3 * time.Second); return "", nil }, 3 * time.Second, time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			cb, b := theirs.FailureThreshold(), must(ours.FailureThreshold())
			for range 5 {
				began := time.Now()
				_, err := theirs.Timeout(t.Context(), cb, c.fetch)
				took := time.Since(began)
				began = time.Now()
				_, err2 := ours.Timeout(t.Context(), b, c.fetch)
				took2 := time.Since(began)
				if !errors.Is(err, timeout.ErrExceeded) || !errors.Is(err2, hystrix.ErrTimeout) || took != c.theirs || took2 != c.ours {
					t.Errorf("%s: theirs %v after %v, ours %v after %v", c.name, err, took, err2, took2)
				}
			}
			if !cb.IsOpen() || b.Allow() == nil {
				t.Errorf("%s: five timeouts, and not open", c.name)
			}
			time.Sleep(time.Minute)
		})
	}
}

func failsafeBulkhead(t *testing.T) {
	theirs, ours := failsafeTheirs{}, failsafeOurs{}
	synctest.Test(t, func(t *testing.T) {
		cb, b := theirs.FailureThreshold(), must(ours.FailureThreshold())
		executor, guarded := theirs.Bulkhead(cb), must(ours.Bulkhead(b))
		for range 10 {
			go func() { _ = executor.Run(func() error { time.Sleep(time.Second); return nil }) }()
			go func() {
				_ = circuit.Do(t.Context(), guarded, func(context.Context) error { time.Sleep(time.Second); return nil })
			}()
		}
		synctest.Wait()
		for range 20 {
			err := executor.Run(func() error { return nil })
			err2 := circuit.Do(t.Context(), guarded, func(context.Context) error { return nil })
			if !errors.Is(err, bulkhead.ErrFull) || !errors.Is(err2, circuit.ErrNotAllowed) {
				t.Fatalf("ten in flight: theirs %v, ours %v", err, err2)
			}
		}
		time.Sleep(2 * time.Second)
		err := executor.Run(func() error { return nil })
		err2 := circuit.Do(t.Context(), guarded, func(context.Context) error { return nil })
		if err != nil || err2 != nil || !cb.IsClosed() || b.Snapshot().State != circuit.Closed {
			t.Errorf("theirs %v, ours %v", err, err2)
		}
	})
}
