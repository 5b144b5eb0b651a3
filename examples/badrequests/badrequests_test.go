package main

import (
	"slices"
	"testing"
	"testing/synctest"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

func TestEachKindOfError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := []line{
			{1000, "no id, and a fallback that doesn't run", "bad request: id", 400, `"id must not be empty"`},
			{1, "an id", "success", 200, ""},
			{1, "the catalogue takes 40 ms", "timeout", 504, `"hystrix: offers: timeout: not over within 20ms"`},
			{1, "the same with a fallback", "success", 200, ""},
			{1, "the caller leaves, and the fallback doesn't run", "interrupt", 499, `"hystrix: offers: interrupt: context canceled"`},
			{1, "a 4th call", "concurrency reject", 503, `"hystrix: offers: concurrency reject: 3 calls in flight already"`},
			{1, "a 5th, while the fallback of another one runs", "fallback reject", 503,
				`"hystrix: offers: concurrency reject: 3 calls in flight already; fallback: hystrix: too many fallbacks at once"`},
			{4, "the 3 calls before, and the one with a fallback", "success", 200, ""},
			{5, "the catalogue is down", "failure", 502, `"no connection to the database"`},
			{1, "the circuit is open", "short circuit", 503, `"hystrix: offers: short circuit: hystrix: call not allowed"`},
			{1, "the same with a fallback", "success", 200, ""},
		}
		for i := range max(len(want), len(r.lines)) {
			if i >= len(want) || i >= len(r.lines) || r.lines[i] != want[i] {
				t.Errorf("line %d of\n%+v\nis not that of\n%+v", i, r.lines, want)
				break
			}
		}
		if want := (hystrix.Stats{
			Successes: 1 + 3, Failures: 5, Timeouts: 2, BadRequests: 1000, Interrupts: 1, ConcurrencyRejects: 3, ShortCircuits: 2,
			FallbackSuccesses: 1 + 1 + 1, FallbackRejects: 1,
		}); r.stats != want {
			t.Errorf("stats\n%+v, want\n%+v", r.stats, want)
		}
	})
}

// A thousand caller's mistakes leave no trace in what the breaker decides on; five
// failures open it.
func TestBadRequestsNeverOpenTheCircuit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if want := (circuit.Counts{Ignored: 1000}); r.afterBadRequests != want {
			t.Errorf("after the bad requests: %+v, want %+v", r.afterBadRequests, want)
		}
		if want := (circuit.Counts{Successes: 4, Failures: 5 + 2, Ignored: 1000 + 1 + 3, Refused: 2}); r.total != want {
			t.Errorf("in the end: %+v, want %+v", r.total, want)
		}
		if want := []circuit.State{circuit.Closed, circuit.Open}; !slices.Equal(r.states, want) {
			t.Errorf("states %v, want %v", r.states, want)
		}
	})
}

// A bad request between failures neither breaks their row nor lengthens it.
func TestBadRequestsAmongFailures(t *testing.T) {
	b, err := hystrix.New(settings)
	if err != nil {
		t.Fatal(err)
	}
	command, err := hystrix.NewCommand("offers", b, hystrix.CommandConfig{})
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{breaker: b, command: command, catalogue: catalogue{down: true}}
	for i := range settings.ConsecutiveFailures {
		for range 100 {
			_ = s.find(t.Context(), "", nil)
		}
		if got := b.Snapshot().State; got != circuit.Closed {
			t.Fatalf("%v after %d failures, want closed", got, i)
		}
		_ = s.find(t.Context(), "42", nil)
	}
	if got := b.Snapshot().State; got != circuit.Open {
		t.Errorf("%v after %d failures, want open", got, settings.ConsecutiveFailures)
	}
}
