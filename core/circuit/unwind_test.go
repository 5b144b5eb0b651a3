package circuit_test

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// recovered runs f and returns what it panicked with.
func recovered(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}

// exits runs f in a goroutine of its own, and reports whether f returned, rather
// than ended its goroutine.
func exits(f func()) (returned bool) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
		returned = true
	}()
	<-done
	return returned
}

func TestPanicInTheFunctionIsAFailureAndGoesOn(t *testing.T) {
	b := &clerk{}
	v := recovered(func() {
		_ = circuit.Do(t.Context(), b, func(context.Context) error { panic("boom") },
			circuit.WithFallback(func(context.Context, error) error {
				t.Error("the fallback ran for a panic")
				return nil
			}))
	})
	if v != "boom" {
		t.Errorf("recovered %v, want the function's own panic value", v)
	}
	b.wants(t, circuit.Failure)
}

// panic(nil) is how a careless recover-and-rethrow looks; it must count too.
func TestPanicWithNilIsAFailure(t *testing.T) {
	b := &clerk{}
	v := recovered(func() {
		_ = circuit.Do(t.Context(), b, func(context.Context) error { panic(nil) })
	})
	if _, ok := v.(*runtime.PanicNilError); !ok {
		t.Errorf("recovered %v, want a *runtime.PanicNilError", v)
	}
	b.wants(t, circuit.Failure)
}

func TestGoexitInTheFunctionIsAFailureAndGoesOn(t *testing.T) {
	b := &clerk{}
	if exits(func() {
		_ = circuit.Do(t.Context(), b, func(context.Context) error { runtime.Goexit(); return nil })
	}) {
		t.Error("Do returned, want the goroutine to end")
	}
	b.wants(t, circuit.Failure)
}

// FailNow is the Goexit that people meet; here it is that of a test that isn't
// part of this one.
func TestFailNowInsideDoSettlesThePermit(t *testing.T) {
	b := &clerk{}
	var inner testing.T
	if exits(func() {
		_ = circuit.Do(t.Context(), b, func(context.Context) error { inner.FailNow(); return nil })
	}) {
		t.Error("Do returned, want the goroutine to end")
	}
	if !inner.Failed() {
		t.Error("the inner test didn't fail: this test proves nothing")
	}
	b.wants(t, circuit.Failure)
}

func TestPanicInTheClassifierIsAFailure(t *testing.T) {
	b := &clerk{}
	explode := circuit.WithClassifier(func(context.Context, error) circuit.Outcome { panic("no idea") })
	for _, err := range []error{nil, errBackend} {
		v := recovered(func() {
			_ = circuit.Do(t.Context(), b, func(context.Context) error { return err }, explode)
		})
		if v != "no idea" {
			t.Errorf("recovered %v, want the classifier's panic value", v)
		}
	}
	if exits(func() {
		_ = circuit.Do(t.Context(), b, func(context.Context) error { return nil },
			circuit.WithClassifier(func(context.Context, error) circuit.Outcome { runtime.Goexit(); return circuit.Success }))
	}) {
		t.Error("Do returned, want the goroutine to end")
	}
	b.wants(t, circuit.Failure, circuit.Failure, circuit.Failure)
}

// The permit is settled before the fallback runs, and once only.
func TestPanicInTheFallbackGoesOn(t *testing.T) {
	b := &clerk{}
	explode := circuit.WithFallback(func(context.Context, error) error {
		b.wants(t, circuit.Failure)
		panic("plan B failed")
	})
	v := recovered(func() {
		_ = circuit.Do(t.Context(), b, func(context.Context) error { return errBackend }, explode)
	})
	if v != "plan B failed" {
		t.Errorf("recovered %v, want the fallback's panic value", v)
	}
	b.wants(t, circuit.Failure)

	refusing := &clerk{refusal: circuit.ErrNotAllowed}
	v = recovered(func() {
		_ = circuit.Do(t.Context(), refusing, func(context.Context) error { return nil },
			circuit.WithFallback(func(context.Context, error) error { panic(errors.New("no plan C")) }))
	})
	if v == nil {
		t.Error("the panic of a refused call's fallback was swallowed")
	}
	refusing.wants(t)
}
