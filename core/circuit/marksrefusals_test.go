package circuit_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// strict opens at the tenth failure in a row.
func strict(t *testing.T) *hystrix.Breaker {
	t.Helper()
	b, err := hystrix.New(hystrix.Config{ErrorPercentThreshold: -1, ConsecutiveFailures: 10})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestMarksRefusalsSwallowsExactlyThoseMarks is the bug of Kratos' middleware:
// it marks what it refused, and the breaker takes that for news of the callee.
func TestMarksRefusalsSwallowsExactlyThoseMarks(t *testing.T) {
	inner := strict(t)
	b := circuit.MarksRefusals(inner)
	for range 10 {
		if err := b.Allow(); err != nil {
			t.Fatal(err)
		}
		b.MarkFailed()
	}
	for range 1000 {
		if b.Allow() == nil {
			t.Fatal("admitted while open")
		}
		b.MarkFailed()
	}
	got := inner.Snapshot().Total
	if want := (circuit.Counts{Failures: 10, Refused: 1000}); got != want {
		t.Errorf("totals are %+v, want %+v", got, want)
	}
	b.MarkFailed() // of a call from before: awaited by no refusal
	if got := inner.Snapshot().Total.Failures; got != 11 {
		t.Errorf("a mark that no refusal awaited was swallowed: %d failures, want 11", got)
	}
}

func TestMarksRefusalsPassesSuccessesOn(t *testing.T) {
	inner := strict(t)
	b := circuit.MarksRefusals(inner)
	if err := inner.SetMode(circuit.ForceOpen); err != nil {
		t.Fatal(err)
	}
	_ = b.Allow() // refused: one MarkFailed is awaited
	b.MarkSuccess()
	b.MarkFailed()
	b.MarkFailed()
	if got, want := inner.Snapshot().Total, (circuit.Counts{Successes: 1, Failures: 1, Refused: 1}); got != want {
		t.Errorf("totals are %+v, want %+v", got, want)
	}
}

// TestMarksRefusalsByAcquire: a permit's caller does not mark refusals, so that
// none of its failures may be swallowed.
func TestMarksRefusalsByAcquire(t *testing.T) {
	inner := strict(t)
	b := circuit.MarksRefusals(inner)
	permit, err := circuit.Acquire(b)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		b.MarkFailed()
	}
	for range 5 {
		if _, err := circuit.Acquire(b); err == nil {
			t.Fatal("admitted while open")
		}
	}
	permit.Failure()
	b.MarkFailed()
	if got, want := inner.Snapshot().Total, (circuit.Counts{Failures: 12, Refused: 5}); got != want {
		t.Errorf("totals are %+v, want %+v", got, want)
	}
}

// An outcome reaches the breaker as it is, not as a failure.
func TestMarksRefusalsPassesOverloadOn(t *testing.T) {
	inner := &clerk{}
	permit, err := circuit.Acquire(circuit.MarksRefusals(inner))
	if err != nil {
		t.Fatal(err)
	}
	permit.Done(circuit.Overload)
	inner.wants(t, circuit.Overload)
}

func TestMarksRefusalsOverABareBreaker(t *testing.T) {
	inner := &bareClerk{refusal: errForeign}
	b := circuit.MarksRefusals(inner)
	for range 3 {
		if b.Allow() == nil {
			t.Fatal("admitted")
		}
		b.MarkFailed()
	}
	inner.wants(t, "allow", "allow", "allow")
	b.MarkFailed()
	b.MarkSuccess()
	inner.wants(t, "allow", "allow", "allow", "failed", "success")
	if u, ok := b.(circuit.Unwrapper); !ok || u.Unwrap() != circuit.Breaker(inner) {
		t.Error("the wrapper does not unwrap to the breaker")
	}
}

// TestMarksRefusalsUnderLoad: whoever's mark is swallowed when refused and failed
// calls mark at the same moment, the counts of each come out right.
func TestMarksRefusalsUnderLoad(t *testing.T) {
	inner := strict(t)
	b := circuit.MarksRefusals(inner)
	var failed, refused atomic.Uint64
	var all sync.WaitGroup
	for g := range 16 {
		all.Go(func() {
			for i := range 1000 {
				if g == 0 && i%10 == 0 { // an operator opens and closes it
					_ = inner.SetMode([]circuit.Mode{circuit.ForceOpen, circuit.ForceClose}[i/10%2])
				}
				if b.Allow() != nil {
					refused.Add(1)
				} else {
					failed.Add(1)
				}
				b.MarkFailed()
			}
		})
	}
	all.Wait()
	got, want := inner.Snapshot().Total, circuit.Counts{Failures: failed.Load(), Refused: refused.Load()}
	if got != want {
		t.Errorf("totals are %+v, want %+v", got, want)
	}
	if want.Refused == 0 || want.Failures == 0 {
		t.Errorf("a load of one kind only: %+v", want)
	}
}
