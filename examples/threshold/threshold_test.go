package main

import (
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// Of the 20 calls that are in flight when the first one fails, 15 fail, at 5 ms.
// The circuit opens once, not 15 times, so it sleeps until 45 ms; at 50 ms 19
// goroutines are refused while one probes.
func TestOpensAtFirstFailureAndAdmitsAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rounds, events, err := run(t.Context(), 7)
		if err != nil {
			t.Fatal(err)
		}
		const ms = time.Millisecond
		want := []round{
			{at: 0, passed: 5, failed: 15},
			{at: 10 * ms, refused: 20},
			{at: 20 * ms, refused: 20},
			{at: 30 * ms, refused: 20},
			{at: 40 * ms, refused: 20},
			{at: 50 * ms, passed: 1, refused: 19},
			{at: 60 * ms, passed: 20},
		}
		if !reflect.DeepEqual(rounds, want) {
			t.Errorf("rounds\n got %+v\nwant %+v", rounds, want)
		}
		type change struct {
			at       time.Duration
			from, to circuit.State
		}
		var changes []change
		for _, e := range events {
			changes = append(changes, change{e.at, e.From, e.To})
		}
		wantChanges := []change{
			{5 * ms, circuit.Closed, circuit.Open},
			{50 * ms, circuit.Open, circuit.HalfOpen},
			{55 * ms, circuit.HalfOpen, circuit.Closed},
		}
		if !reflect.DeepEqual(changes, wantChanges) {
			t.Errorf("states\n got %+v\nwant %+v", changes, wantChanges)
		}
	})
}

// The open time is 40 ms to the nanosecond, counted from the failure, each time
// anew while the function isn't mended.
func TestOpenForFortyMilliseconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t)
		f := &function{}
		f.calls.Store(5) // served already
		for range 3 {
			if err := circuit.Do(t.Context(), b, f.call); !errors.Is(err, errBroken) {
				t.Fatalf("call gave %v, want it admitted, and %v", err, errBroken)
			}
			time.Sleep(open - time.Nanosecond)
			if err := circuit.Do(t.Context(), b, f.call); !errors.Is(err, circuit.ErrNotAllowed) {
				t.Fatalf("1 ns before the end: %v, want a refusal", err)
			}
			time.Sleep(time.Nanosecond)
		}
		if got := f.calls.Load(); got != 5+3 {
			t.Errorf("the function was called %d times, want 8: a refused call never reaches it", got)
		}
	})
}

// Without a bubble the goroutines truly race, and how many calls fail before the
// circuit is open depends on the machine; what must hold on any is that five
// pass, that one fails at least, and that all others are refused. The function
// sees the calls that were not refused and no more.
func TestRacingGoroutines(t *testing.T) {
	for range 50 {
		b, f := newBreaker(t), &function{}
		r := together(t.Context(), b, f.call)
		if r.passed != 5 || r.failed < 1 || r.failed+r.refused != 15 {
			t.Fatalf("%+v, want 5 passed, and 15 failed or refused, one failed at least", r)
		}
		if got := int(f.calls.Load()); got != r.passed+r.failed {
			t.Fatalf("the function was called %d times, want %d", got, r.passed+r.failed)
		}
		if got := b.Snapshot().State; got != circuit.Open {
			t.Fatalf("state %v, want open", got)
		}
	}
}

func newBreaker(t *testing.T) *hystrix.Breaker {
	t.Helper()
	b, err := hystrix.New(settings)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
