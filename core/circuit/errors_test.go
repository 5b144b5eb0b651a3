package circuit_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

func TestRefusalNamesItsEngine(t *testing.T) {
	err := circuit.NewRefusal("sre", nil)
	if got, want := err.Error(), "sre: call not allowed"; got != want {
		t.Errorf("the text is %q, want %q", got, want)
	}
	if !errors.Is(err, circuit.ErrNotAllowed) || errors.Is(err, io.EOF) {
		t.Error("a refusal must match ErrNotAllowed, and nothing else")
	}
	if errors.Is(circuit.ErrNotAllowed, err) { //nolint:staticcheck // the other order is the point
		t.Error("ErrNotAllowed matches one engine's refusal: the relation has one direction")
	}
}

func TestRetryAfter(t *testing.T) {
	known := circuit.NewRefusal("test", func() (time.Duration, bool) { return 3 * time.Second, true })
	unknown := circuit.NewRefusal("test", func() (time.Duration, bool) { return 0, false })
	for _, tt := range []struct {
		name string
		err  error
		want time.Duration
		ok   bool
	}{
		{"known", known, 3 * time.Second, true},
		{"wrapped", fmt.Errorf("get: %w", fmt.Errorf("call: %w", known)), 3 * time.Second, true},
		{"joined", errors.Join(io.EOF, known), 3 * time.Second, true},
		{"unknown", unknown, 0, false},
		{"without a function", circuit.NewRefusal("test", nil), 0, false},
		{"the sentinel", circuit.ErrNotAllowed, 0, false},
		{"another error", io.EOF, 0, false},
		{"nil", nil, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := circuit.RetryAfter(tt.err); got != tt.want || ok != tt.ok {
				t.Errorf("RetryAfter = %v, %v, want %v, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

// The time counts from now: an error that was kept for a while must not send the
// caller away for the time that has passed already.
func TestRetryAfterCountsFromNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 1, SleepWindow: 10 * time.Second, SleepJitter: -1})
		if err != nil {
			t.Fatal(err)
		}
		_ = circuit.Do(t.Context(), b, func(context.Context) error { return errBackend })
		refused := circuit.Do(t.Context(), b, func(context.Context) error { return nil })
		refused = fmt.Errorf("greet: %w", refused)
		for _, tt := range []struct{ sleep, want time.Duration }{{0, 10 * time.Second}, {4 * time.Second, 6 * time.Second}, {6 * time.Second, 0}} {
			time.Sleep(tt.sleep)
			if got, ok := circuit.RetryAfter(refused); got != tt.want || ok != (tt.want > 0) {
				t.Errorf("after another %v RetryAfter = %v, %v, want %v", tt.sleep, got, ok, tt.want)
			}
		}
	})
}

func TestFieldError(t *testing.T) {
	err := error(&circuit.FieldError{Package: "sre", Field: "K", Value: 0.5, Want: "must be above 1"})
	if got, want := err.Error(), "sre: K is 0.5, must be above 1"; got != want {
		t.Errorf("the text is %q, want %q", got, want)
	}
	if e, ok := errors.AsType[*circuit.FieldError](fmt.Errorf("config: %w", err)); !ok || e.Field != "K" {
		t.Error("a wrapped FieldError can't be found")
	}
}

func TestEngineOfARefusal(t *testing.T) {
	for _, name := range []string{"sre", "", "a: call not allowed"} {
		if got := circuit.NewRefusal(name, nil).Engine(); got != name {
			t.Errorf("the engine is %q, want %q", got, name)
		}
	}
}
