package circuitfailsafe_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// failsafe-go would panic, or refuse all calls for ever.
func TestWrongAdaptiveConfig(t *testing.T) {
	for _, tt := range []struct {
		config circuitfailsafe.AdaptiveConfig
		want   circuit.FieldError
	}{
		{circuitfailsafe.AdaptiveConfig{Min: -1}, circuit.FieldError{Field: "Min", Value: -1, Want: "must be from 1 to 1000000"}},
		{circuitfailsafe.AdaptiveConfig{Min: 1e6 + 1}, circuit.FieldError{Field: "Min", Value: 1_000_001, Want: "must be from 1 to 1000000"}},
		{circuitfailsafe.AdaptiveConfig{Min: 5, Max: 4}, circuit.FieldError{Field: "Max", Value: 4, Want: "must be from 5 to 1000000"}},
		{circuitfailsafe.AdaptiveConfig{Max: 1e6 + 1}, circuit.FieldError{Field: "Max", Value: 1_000_001, Want: "must be from 1 to 1000000"}},
		{circuitfailsafe.AdaptiveConfig{Min: 5, Max: 9, Initial: 4}, circuit.FieldError{Field: "Initial", Value: 4, Want: "must be from 5 to 9"}},
		{circuitfailsafe.AdaptiveConfig{Max: 9, Initial: 10}, circuit.FieldError{Field: "Initial", Value: 10, Want: "must be from 1 to 9"}},
		{circuitfailsafe.AdaptiveConfig{Initial: -1}, circuit.FieldError{Field: "Initial", Value: -1, Want: "must be from 1 to 200"}},
		{circuitfailsafe.AdaptiveConfig{Window: 1}, circuit.FieldError{Field: "Window", Value: time.Nanosecond, Want: "must be from 1ms to 30s"}},
		{circuitfailsafe.AdaptiveConfig{Window: time.Minute}, circuit.FieldError{Field: "Window", Value: time.Minute, Want: "must be from 1ms to 30s"}},
		{circuitfailsafe.AdaptiveConfig{MinSamples: -1}, circuit.FieldError{Field: "MinSamples", Value: -1, Want: "must be from 1 to 1000000"}},
		{circuitfailsafe.AdaptiveConfig{Lifetime: -1}, circuit.FieldError{Field: "Lifetime", Value: -time.Nanosecond, Want: "must be from 1ms to 8760h0m0s"}},
	} {
		tt.want.Package = "circuitfailsafe"
		l, err := circuitfailsafe.NewAdaptiveLimit(tt.config)
		if got, ok := errors.AsType[*circuit.FieldError](err); !ok || *got != tt.want || l != nil {
			t.Errorf("NewAdaptiveLimit(%+v) = %v, %v, want %v", tt.config, l, err, &tt.want)
		}
	}
	if l, err := circuitfailsafe.AdaptiveLimit(nil, 0); err == nil || l != nil {
		t.Errorf("AdaptiveLimit of nothing = %v, %v, want an error", l, err)
	}
	if l, err := circuitfailsafe.AdaptiveLimit(adaptivelimiter.NewWithDefaults[any](), -1); err == nil || l != nil {
		t.Errorf("AdaptiveLimit with a negative lifetime = %v, %v, want an error", l, err)
	}
}

func TestAdaptiveConfigAtItsBounds(t *testing.T) {
	for c, initial := range map[circuitfailsafe.AdaptiveConfig]int{
		{}:                                     20,
		{Max: 7}:                               7,
		{Min: 300}:                             300,
		{Min: 30}:                              30,
		{Min: 1e6, Lifetime: 8760 * time.Hour}: 1e6,
		{Min: 1, Max: 1, Initial: 1, Lifetime: time.Millisecond}: 1,
	} {
		if got := newAdaptive(t, c).Stats().Max; got != initial {
			t.Errorf("%+v begins with %d, want %d", c, got, initial)
		}
	}
}

func ExampleNewAdaptiveLimit() {
	limit, err := circuitfailsafe.NewAdaptiveLimit(circuitfailsafe.AdaptiveConfig{Max: 50, Initial: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	b := bulkhead.Guard(nil, limit) // or Guard(engine, limit)
	for range 3 {
		_, err := circuit.Acquire(b)
		fmt.Println(err)
	}
	_, err = circuitfailsafe.NewAdaptiveLimit(circuitfailsafe.AdaptiveConfig{Min: 10, Max: 5})
	fmt.Println(err)
	// Output:
	// <nil>
	// <nil>
	// bulkhead: too many calls in flight
	// circuitfailsafe: Max is 5, must be from 10 to 1000000
}

// All that failsafe-go can set.
func ExampleAdaptiveLimit() {
	limiter := adaptivelimiter.NewBuilder[any]().
		WithLimits(5, 100, 10).
		WithRecentWindow(500*time.Millisecond, 10*time.Second, 20).
		OnLimitChanged(func(e adaptivelimiter.LimitChangedEvent) { fmt.Println(e.OldLimit, "→", e.NewLimit) }).
		Build()
	limit, err := circuitfailsafe.AdaptiveLimit(limiter, time.Minute)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(limit.Stats().Max)
	// Output: 10
}
