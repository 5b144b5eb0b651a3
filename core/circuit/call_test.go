package circuit_test

import (
	"context"
	"errors"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
)

func TestDoTellsTheBreakerHowTheCallWent(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want circuit.Outcome
	}{
		{"success", nil, circuit.Success},
		{"failure", errBackend, circuit.Failure},
		{"deadline", context.DeadlineExceeded, circuit.Failure},
		{"cancelled", context.Canceled, circuit.Ignored},
		{"refused further down", circuit.ErrNotAllowed, circuit.Ignored},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := &clerk{}
			ran := 0
			err := circuit.Do(t.Context(), b, func(context.Context) error { ran++; return tt.err })
			if err != tt.err { //nolint:errorlint // the error must come back as it is
				t.Errorf("Do returned %v, want %v unchanged", err, tt.err)
			}
			if ran != 1 {
				t.Errorf("the function ran %d times, want once", ran)
			}
			b.wants(t, tt.want)
		})
	}
}

func TestCallReturnsTheValueWithOrWithoutAnError(t *testing.T) {
	b := &clerk{}
	v, err := circuit.Call(t.Context(), b, func(context.Context) (int, error) { return 7, nil })
	if v != 7 || err != nil {
		t.Errorf("a successful Call = %d, %v, want 7, nil", v, err)
	}
	// A reader that returns n and io.ErrUnexpectedEOF must lose neither.
	v, err = circuit.Call(t.Context(), b, func(context.Context) (int, error) { return 3, errBackend })
	if v != 3 || err != errBackend { //nolint:errorlint // as above
		t.Errorf("a failed Call = %d, %v, want 3, %v", v, err, errBackend)
	}
	b.wants(t, circuit.Success, circuit.Failure)
}

func TestRefusedCallDoesNotRunAndIsNotMarked(t *testing.T) {
	b := &clerk{refusal: circuit.NewRefusal("test", nil)}
	v, err := circuit.Call(t.Context(), b, func(context.Context) (string, error) {
		t.Error("the function ran")
		return "x", nil
	})
	if v != "" || !errors.Is(err, circuit.ErrNotAllowed) {
		t.Errorf("a refused Call = %q, %v, want the zero value and ErrNotAllowed", v, err)
	}
	b.wants(t)
}

func TestDoOverABareBreaker(t *testing.T) {
	b := &bareClerk{}
	succeed := func(context.Context) error { return nil }
	fail := func(context.Context) error { return errBackend }
	leave := func(context.Context) error { return context.Canceled }
	for _, fn := range []func(context.Context) error{succeed, fail, leave} {
		_ = circuit.Do(t.Context(), b, fn)
	}
	b.wants(t, "allow", "success", "allow", "failed", "allow")

	b = &bareClerk{refusal: errForeign}
	err := circuit.Do(t.Context(), b, succeed)
	if !errors.Is(err, circuit.ErrNotAllowed) || !errors.Is(err, errForeign) {
		t.Errorf("Do returned %v, want it to match ErrNotAllowed and the breaker's own error", err)
	}
	b.wants(t, "allow")
}

func TestDoWithoutABreaker(t *testing.T) {
	if err := circuit.Do(t.Context(), nil, func(context.Context) error { return errBackend }); !errors.Is(err, errBackend) {
		t.Errorf("Do over no breaker returned %v, want the function's own error", err)
	}
}

func TestDoHandsItsContextOn(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "here")
	err := circuit.Do(ctx, &clerk{}, func(ctx context.Context) error {
		if ctx.Value(key{}) != "here" {
			t.Error("the function got another context")
		}
		return errBackend
	}, circuit.WithClassifier(func(ctx context.Context, err error) circuit.Outcome {
		if ctx.Value(key{}) != "here" || !errors.Is(err, errBackend) {
			t.Errorf("the classifier got another context, or the error %v", err)
		}
		return circuit.Failure
	}), circuit.WithFallback(func(ctx context.Context, err error) error {
		if ctx.Value(key{}) != "here" || !errors.Is(err, errBackend) {
			t.Errorf("the fallback got another context, or the error %v", err)
		}
		return nil
	}))
	if err != nil {
		t.Errorf("Do returned %v, want what the fallback returned", err)
	}
}

func TestClassifierDecides(t *testing.T) {
	b := &clerk{}
	always := func(o circuit.Outcome) circuit.Option {
		return circuit.WithClassifier(func(context.Context, error) circuit.Outcome { return o })
	}
	fail := func(context.Context) error { return errBackend }
	for _, o := range []circuit.Outcome{circuit.Success, circuit.Failure, circuit.Ignored, circuit.Overload} {
		if err := circuit.Do(t.Context(), b, fail, always(o)); !errors.Is(err, errBackend) {
			t.Errorf("judged %v, the call returned %v, want its own error", o, err)
		}
	}
	// A classifier may call a nil error a failure; the caller still gets nil, and
	// a fallback, which has no error to answer for, does not run.
	if err := circuit.Do(t.Context(), b, func(context.Context) error { return nil }, always(circuit.Failure),
		circuit.WithFallback(func(context.Context, error) error { return errPlanB })); err != nil {
		t.Errorf("Do returned %v, want nil", err)
	}
	// The last one stands, and a nil one changes nothing.
	_ = circuit.Do(t.Context(), b, fail, always(circuit.Success), always(circuit.Ignored), circuit.WithClassifier(nil))
	_ = circuit.Do(t.Context(), b, fail, circuit.WithClassifier(nil))
	b.wants(t, circuit.Success, circuit.Failure, circuit.Ignored, circuit.Overload, circuit.Failure, circuit.Ignored, circuit.Failure)
}
