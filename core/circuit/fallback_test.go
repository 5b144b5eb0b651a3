package circuit_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
)

var errPlanB = errors.New("plan B")

func TestFallbackRunsOnRefusalAndFailureOnly(t *testing.T) {
	for _, tt := range []struct {
		name    string
		refusal error
		err     error
		runs    bool
	}{
		{"refusal", circuit.ErrNotAllowed, nil, true},
		{"failure", nil, errBackend, true},
		{"deadline", nil, context.DeadlineExceeded, true},
		{"success", nil, nil, false},
		{"ignored: the caller left", nil, context.Canceled, false},
		{"ignored: refused further down", nil, circuit.ErrNotAllowed, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ran := 0
			fallback := circuit.WithFallback(func(_ context.Context, err error) error {
				ran++
				if want := errors.Join(tt.refusal, tt.err); !errors.Is(want, err) {
					t.Errorf("the fallback got %v, want the call's error", err)
				}
				return errPlanB
			})
			b := &clerk{refusal: tt.refusal}
			err := circuit.Do(t.Context(), b, func(context.Context) error { return tt.err }, fallback)
			want, times := tt.err, 0
			if tt.runs {
				want, times = errPlanB, 1
			}
			if ran != times || err != want { //nolint:errorlint // unchanged
				t.Errorf("the fallback ran %d times and Do returned %v, want %d and %v", ran, err, times, want)
			}
		})
	}
}

func TestFallbackOfAnErrorJudgedASuccessDoesNotRun(t *testing.T) {
	notFound := errors.New("not found")
	err := circuit.Do(t.Context(), &clerk{}, func(context.Context) error { return notFound },
		circuit.WithClassifier(func(context.Context, error) circuit.Outcome { return circuit.Success }),
		circuit.WithFallback(func(context.Context, error) error {
			t.Error("the fallback ran")
			return nil
		}))
	if !errors.Is(err, notFound) {
		t.Errorf("Do returned %v, want the function's error", err)
	}
}

func TestFallbackRunsForEachOutcomeThatFailed(t *testing.T) {
	for o, runs := range map[circuit.Outcome]bool{
		circuit.Success: false, circuit.Ignored: false, circuit.Failure: true, circuit.Overload: true, circuit.Outcome(200): true,
	} {
		if o.Failed() != runs {
			t.Errorf("Failed of %v is %v", o, o.Failed())
		}
		b := &clerk{}
		err := circuit.Do(t.Context(), b, func(context.Context) error { return errBackend },
			circuit.WithClassifier(func(context.Context, error) circuit.Outcome { return o }),
			circuit.WithFallback(func(context.Context, error) error { return errPlanB }))
		if errors.Is(err, errPlanB) != runs {
			t.Errorf("judged %v, the call returned %v", o, err)
		}
		b.wants(t, o)
	}
}

func TestFallbackIsNotJudged(t *testing.T) {
	b := &clerk{}
	_ = circuit.Do(t.Context(), b, func(context.Context) error { return errBackend },
		circuit.WithFallback(func(context.Context, error) error { return errPlanB }))
	b.wants(t, circuit.Failure)
}

func TestPlainFallbackUnderCallGivesTheZeroValue(t *testing.T) {
	v, err := circuit.Call(t.Context(), &clerk{}, func(context.Context) (int, error) { return 3, errBackend },
		circuit.WithFallback(func(context.Context, error) error { return nil }))
	if v != 0 || err != nil {
		t.Errorf("Call = %d, %v, want 0, nil", v, err)
	}
}

func TestFallbackValue(t *testing.T) {
	cached := circuit.WithFallbackValue(func(_ context.Context, err error) (string, error) {
		return "cached", err
	})
	v, err := circuit.Call(t.Context(), &clerk{}, func(context.Context) (string, error) { return "half an ans", errBackend }, cached)
	if v != "cached" || !errors.Is(err, errBackend) {
		t.Errorf("a failed Call = %q, %v, want both from the fallback", v, err)
	}
	v, err = circuit.Call(t.Context(), &clerk{refusal: circuit.ErrNotAllowed}, func(context.Context) (string, error) { return "", nil }, cached)
	if v != "cached" || !errors.Is(err, circuit.ErrNotAllowed) {
		t.Errorf("a refused Call = %q, %v, want both from the fallback", v, err)
	}
	v, err = circuit.Call(t.Context(), &clerk{}, func(context.Context) (string, error) { return "fresh", nil }, cached)
	if v != "fresh" || err != nil {
		t.Errorf("a successful Call = %q, %v, want it untouched", v, err)
	}
}

// A fallback of the wrong type can't be found by the compiler. The error says so,
// and hides neither the call's own error nor its value.
func TestFallbackValueOfAnotherType(t *testing.T) {
	wrong := circuit.WithFallbackValue(func(context.Context, error) (string, error) {
		t.Error("a fallback of the wrong type ran")
		return "", nil
	})
	v, err := circuit.Call(t.Context(), &clerk{}, func(context.Context) (int, error) { return 3, errBackend }, wrong)
	if v != 3 || !errors.Is(err, errBackend) {
		t.Errorf("Call = %d, %v, want 3 and an error that matches the call's", v, err)
	}
	for _, part := range []string{"circuit: fallback is a func(context.Context, error) (string, error)", "must return a int"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error is %q, want it to say %q", err, part)
		}
	}
	err = circuit.Do(t.Context(), &clerk{refusal: circuit.ErrNotAllowed}, func(context.Context) error { return nil }, wrong)
	if !errors.Is(err, circuit.ErrNotAllowed) || !strings.Contains(err.Error(), "fallback is a func") {
		t.Errorf("Do returned %v, want a refusal that tells of the fallback", err)
	}
}

// The type in the text was that of the value, so for an interface it was "<nil>".
func TestFallbackValueOfAnotherTypeNamesAnInterface(t *testing.T) {
	_, err := circuit.Call(t.Context(), &clerk{}, func(context.Context) (io.Reader, error) { return nil, errBackend },
		circuit.WithFallbackValue(func(context.Context, error) (int, error) { return 0, nil }))
	if !strings.Contains(err.Error(), "must return a io.Reader") {
		t.Errorf("the error is %q, want it to name io.Reader", err)
	}
}

func TestNilFallbackChangesNothing(t *testing.T) {
	keep := circuit.WithFallback(func(context.Context, error) error { return errPlanB })
	for _, opts := range [][]circuit.Option{
		{keep, circuit.WithFallback(nil)},
		{keep, circuit.WithFallbackValue[struct{}](nil)},
		{keep, circuit.WithFallbackValue[string](nil)},
	} {
		err := circuit.Do(t.Context(), &clerk{}, func(context.Context) error { return errBackend }, opts...)
		if !errors.Is(err, errPlanB) {
			t.Errorf("Do returned %v, want the fallback that was there before", err)
		}
	}
	if err := circuit.Do(t.Context(), &clerk{}, func(context.Context) error { return errBackend }, circuit.WithFallback(nil)); !errors.Is(err, errBackend) {
		t.Errorf("Do with a nil fallback alone returned %v, want the call's error", err)
	}
}
