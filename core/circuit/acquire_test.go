package circuit_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

func TestAcquireOverAnAcquirer(t *testing.T) {
	b := &clerk{}
	for range 3 {
		permit, err := circuit.Acquire(b)
		if err != nil {
			t.Fatal(err)
		}
		permit.Success()
	}
	first, _ := circuit.Acquire(b)
	second, _ := circuit.Acquire(b)
	third, _ := circuit.Acquire(b)
	second.Failure()
	first.Ignore()
	third.Done(circuit.Overload)
	b.wants(t, circuit.Success, circuit.Success, circuit.Success, circuit.Failure, circuit.Ignored, circuit.Overload)
	if got, want := fmt.Sprint(b.tokens), "[1 2 3 5 4 6]"; got != want {
		t.Errorf("tokens came back as %s, want %s", got, want)
	}

	refusal := circuit.NewRefusal("test", nil)
	permit, err := circuit.Acquire(&clerk{refusal: refusal})
	if err != refusal || permit != (circuit.Permit{}) { //nolint:errorlint // not wrapped
		t.Errorf("a refused Acquire = %v, %v, want the zero Permit and the engine's own error", permit, err)
	}
}

func TestAcquireOverABareBreaker(t *testing.T) {
	b := &bareClerk{}
	for _, settle := range []func(circuit.Permit){
		circuit.Permit.Success, circuit.Permit.Failure, circuit.Permit.Ignore,
		func(p circuit.Permit) { p.Done(circuit.Overload) },
		func(p circuit.Permit) { p.Done(circuit.Outcome(7)) }, // taken for a failure
	} {
		permit, err := circuit.Acquire(b)
		if err != nil {
			t.Fatal(err)
		}
		settle(permit)
	}
	b.wants(t, "allow", "success", "allow", "failed", "allow", "allow", "failed", "allow", "failed")
}

func TestForeignRefusalMatchesBothErrors(t *testing.T) {
	wrapped := fmt.Errorf("breaker greeter: %w", errForeign)
	permit, err := circuit.Acquire(&bareClerk{refusal: wrapped})
	if permit != (circuit.Permit{}) {
		t.Errorf("the permit of a refused call is %v, want the zero one", permit)
	}
	for _, target := range []error{circuit.ErrNotAllowed, errForeign, wrapped} {
		if !errors.Is(err, target) {
			t.Errorf("%v doesn't match %v", err, target)
		}
	}
	if err.Error() != wrapped.Error() {
		t.Errorf("the text is %q, want that of the breaker, %q", err, wrapped)
	}
}

func TestOwnRefusalFromABareBreakerIsNotWrapped(t *testing.T) {
	own := fmt.Errorf("mesh: %w", circuit.ErrNotAllowed)
	if _, err := circuit.Acquire(&bareClerk{refusal: own}); err != own { //nolint:errorlint // not wrapped
		t.Errorf("Acquire returned %v, want %v itself", err, own)
	}
}

// A foreign breaker that knows when to come back is understood without being
// one of ours.
func TestForeignRefusalKeepsRetryAfter(t *testing.T) {
	_, err := circuit.Acquire(&bareClerk{refusal: foreignRetry{}})
	if after, ok := circuit.RetryAfter(err); !ok || after != 9*time.Second {
		t.Errorf("RetryAfter = %v, %v, want 9s, true", after, ok)
	}
}

type foreignRetry struct{}

func (foreignRetry) Error() string                     { return "wait" }
func (foreignRetry) RetryAfter() (time.Duration, bool) { return 9 * time.Second, true }

func TestAcquireOverNothingAndOverDisabled(t *testing.T) {
	for _, b := range []circuit.Breaker{nil, circuit.Disabled{}} {
		permit, err := circuit.Acquire(b)
		if err != nil || permit != (circuit.Permit{}) {
			t.Errorf("Acquire(%v) = %v, %v, want the zero Permit and nil", b, permit, err)
		}
		settleEachWay(permit)
	}
}

func TestZeroPermitRecordsNothing(t *testing.T) {
	settleEachWay(circuit.Permit{}) // must not panic
}

func settleEachWay(p circuit.Permit) {
	p.Success()
	p.Failure()
	p.Ignore()
	p.Done(circuit.Outcome(200))
}

func TestDisabledAdmitsWhateverHappens(t *testing.T) {
	var b circuit.Breaker = circuit.Disabled{}
	for range 1000 {
		if err := b.Allow(); err != nil {
			t.Fatalf("Disabled refused: %v", err)
		}
		b.MarkFailed()
		b.MarkSuccess()
	}
	reporter, ok := circuit.As[circuit.Reporter](b)
	if !ok {
		t.Fatal("Disabled is not a Reporter: a group could never evict it")
	}
	if s := reporter.Snapshot(); s != (circuit.Snapshot{}) || s.State != circuit.Closed {
		t.Errorf("Snapshot = %+v, want the zero one, which is closed", s)
	}
}

// shell is a wrapper with nothing of its own.
type shell struct{ circuit.Breaker }

func (s shell) Unwrap() circuit.Breaker { return s.Breaker }

// reportingShell is a wrapper that reports for itself.
type reportingShell struct{ shell }

func (reportingShell) Snapshot() circuit.Snapshot { return circuit.Snapshot{DropRatio: 0.5} }

func TestAsFindsTheFirstInTheChain(t *testing.T) {
	inner := circuit.Disabled{}
	for _, tt := range []struct {
		name  string
		b     circuit.Breaker
		ok    bool
		ratio float64
	}{
		{"itself", inner, true, 0},
		{"under one wrapper", shell{inner}, true, 0},
		{"under three wrappers", shell{shell{shell{inner}}}, true, 0},
		{"the outer one hides the inner one", reportingShell{shell{inner}}, true, 0.5},
		{"in the middle", shell{reportingShell{shell{inner}}}, true, 0.5},
		{"nowhere", shell{shell{&bareClerk{}}}, false, 0},
		{"a wrapper around nothing", shell{nil}, false, 0},
		{"nil", nil, false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, ok := circuit.As[circuit.Reporter](tt.b)
			if ok != tt.ok {
				t.Fatalf("As found %v, want %v", ok, tt.ok)
			}
			if !ok {
				if r != nil {
					t.Errorf("As returned %v with false, want nil", r)
				}
				return
			}
			if got := r.Snapshot().DropRatio; got != tt.ratio {
				t.Errorf("As found the one with the ratio %v, want %v", got, tt.ratio)
			}
		})
	}
	if c, ok := circuit.As[*bareClerk](shell{&bareClerk{}}); !ok || c == nil {
		t.Error("As doesn't find a concrete type")
	}
}
