//go:build !race

// The race detector allocates, so these tests are not for it.

package circuit_test

import (
	"context"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
)

// engines are one breaker of each engine, in the given mode.
func engines(t *testing.T, mode circuit.Mode) map[string]interface {
	circuit.Acquirer
	circuit.ModeSetter
} {
	t.Helper()
	c, err := credit.New(credit.Config{})
	if err != nil {
		t.Fatal(err)
	}
	h, err := hystrix.New(hystrix.Config{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := sre.New(sre.Config{})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]interface {
		circuit.Acquirer
		circuit.ModeSetter
	}{"credit": c, "hystrix": h, "sre": s}
	for _, b := range all {
		if err := b.SetMode(mode); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func wantAllocs(t *testing.T, name string, want float64, f func()) {
	t.Helper()
	if got := testing.AllocsPerRun(1000, f); got != want {
		t.Errorf("%s: %v allocations for each call, want %v", name, got, want)
	}
}

func TestAdmittedCallDoesNotAllocate(t *testing.T) {
	for name, b := range engines(t, circuit.Auto) {
		wantAllocs(t, name+", Acquire and Success", 0, func() {
			permit, err := circuit.Acquire(b)
			if err != nil {
				t.Error(err)
			}
			permit.Success()
		})
		wantAllocs(t, name+", Allow and MarkSuccess", 0, func() {
			if err := b.Allow(); err != nil {
				t.Error(err)
			}
			b.MarkSuccess()
		})
	}
	var bare circuit.Breaker = circuit.Disabled{}
	wantAllocs(t, "Disabled", 0, func() {
		permit, _ := circuit.Acquire(bare)
		permit.Failure()
	})
}

func TestRefusedCallDoesNotAllocate(t *testing.T) {
	for name, b := range engines(t, circuit.ForceOpen) {
		wantAllocs(t, name+", Allow", 0, func() {
			if b.Allow() == nil {
				t.Error("admitted")
			}
		})
		wantAllocs(t, name+", Acquire", 0, func() {
			if _, err := circuit.Acquire(b); err == nil {
				t.Error("admitted")
			}
		})
	}
}

// With options, Do costs one allocation: the settings, which an option could keep.
func TestDoAllocatesLittle(t *testing.T) {
	ctx := t.Context()
	succeed := func(context.Context) error { return nil }
	for name, b := range engines(t, circuit.Auto) {
		wantAllocs(t, name+", Do", 0, func() {
			if err := circuit.Do(ctx, b, succeed); err != nil {
				t.Error(err)
			}
		})
		wantAllocs(t, name+", Do with an option", 1, func() {
			if err := circuit.Do(ctx, b, succeed, nil); err != nil {
				t.Error(err)
			}
		})
	}
	for name, b := range engines(t, circuit.ForceOpen) {
		wantAllocs(t, name+", Do refused", 0, func() {
			if circuit.Do(ctx, b, succeed) == nil {
				t.Error("admitted")
			}
		})
	}
}
