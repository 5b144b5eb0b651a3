//go:build !race

// The race detector allocates, so this test is not for it.

package hystrix_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// What a call costs in allocations, besides those of run: none without a timeout, whether
// it is served, fails or is refused, and whether its error is looked at.
func TestCommandAllocations(t *testing.T) {
	open := newBreaker(t, hystrix.Config{})
	if err := open.SetMode(circuit.ForceOpen); err != nil {
		t.Fatal(err)
	}
	config := hystrix.CommandConfig{MaxConcurrent: 1, MaxConcurrentFallbacks: 1}
	served, refused, full := newCommand(t, newBreaker(t, hystrix.Config{}), config), newCommand(t, open, config), newCommand(t, nil, config)
	failing := newCommand(t, newBreaker(t, hystrix.Config{RequestVolumeThreshold: 1e9}), config)
	timed := newCommand(t, nil, hystrix.CommandConfig{Timeout: time.Minute})
	ctx := t.Context()

	inside, leave := make(chan bool), make(chan bool)
	go func() { _ = full.Do(ctx, func(context.Context) error { close(inside); <-leave; return nil }, nil) }()
	<-inside
	defer close(leave)

	for _, tt := range []struct {
		name string
		call func() error
		is   error
		want float64
	}{
		{"success", func() error { return served.Do(ctx, nothing, answers) }, nil, 0},
		{"value", func() error {
			_, err := hystrix.Run(ctx, served, func(context.Context) (string, error) { return "hot", nil }, nil)
			return err
		}, nil, 0},
		{"failure", func() error { return failing.Do(ctx, fails, nil) }, errOffer, 0},
		{"failure with fallback", func() error { return failing.Do(ctx, fails, answers) }, nil, 0},
		{"short circuit", func() error { return refused.Do(ctx, nothing, nil) }, hystrix.ErrShortCircuit, 0},
		{"short circuit with fallback", func() error { return refused.Do(ctx, nothing, answers) }, nil, 0},
		{"concurrency reject", func() error { return full.Do(ctx, nothing, nil) }, circuit.ErrNotAllowed, 0},
		{"success with a timeout", func() error { return timed.Do(ctx, nothing, answers) }, nil, 9},
	} {
		if got := testing.AllocsPerRun(1000, func() {
			if err := tt.call(); !errors.Is(err, tt.is) {
				t.Fatalf("%s: %v, want %v", tt.name, err, tt.is)
			}
		}); got > tt.want {
			t.Errorf("%s allocates %v times, want at most %v", tt.name, got, tt.want)
		}
	}
}
