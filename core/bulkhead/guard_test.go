package bulkhead_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// book is a breaker that writes down what it is told.
type book struct {
	circuit.Disabled
	mu      sync.Mutex
	entries []string
	refuse  error
}

func (b *book) write(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entries = append(b.entries, fmt.Sprintf(format, args...))
}

func (b *book) Acquire() (circuit.Permit, error) {
	if b.refuse != nil {
		return circuit.Permit{}, b.refuse
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entries = append(b.entries, "acquire")
	return circuit.NewPermit(b, uint64(len(b.entries))), nil
}

func (b *book) Allow() error {
	b.write("allow")
	return b.refuse
}
func (b *book) MarkSuccess()                                { b.write("mark success") }
func (b *book) MarkFailed()                                 { b.write("mark failed") }
func (b *book) Settle(token uint64, o circuit.Outcome)      { b.write("%d %v", token, o) }
func (b *book) SettleResult(token uint64, r circuit.Result) { b.write("%d %+v", token, r) }

func (b *book) wants(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(b.entries, want) {
		t.Errorf("the breaker saw\n%q\nwant\n%q", b.entries, want)
	}
	b.entries = nil
}

func TestBreakerIsAskedFirstAndToldOfRejects(t *testing.T) {
	inner := &book{}
	b := newBulkhead(t, bulkhead.Config{Max: 1})
	g := bulkhead.Guard(inner, b).(circuit.Acquirer)
	p := admitted(t, g)
	full(t, g)
	inner.wants(t, "acquire", "acquire", "2 {Outcome:ignored Kind:concurrency reject Duration:0s RetryAfter:0s}")

	refusal := circuit.NewRefusal("book", nil)
	inner.refuse = refusal
	if _, err := g.Acquire(); err != refusal { //nolint:errorlint // not wrapped
		t.Errorf("refused with %v, want the breaker's own %v", err, refusal)
	}
	wantStats(t, b, bulkhead.Stats{InFlight: 1, Max: 1, Rejected: 1})

	// All that is known of a call reaches the breaker, once.
	p.End(circuit.Result{Outcome: circuit.Overload, Kind: circuit.KindTimeout, Duration: time.Second, RetryAfter: time.Minute})
	p.Success()
	inner.wants(t, "1 {Outcome:overload Kind:timeout Duration:1s RetryAfter:1m0s}")
	wantStats(t, b, bulkhead.Stats{Max: 1, Rejected: 1})
}

// The outcome of a call that lost its place still counts, once.
func TestLateResultReachesTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := &book{}
		b := newBulkhead(t, bulkhead.Config{Max: 1, Lifetime: time.Second})
		g := bulkhead.Guard(inner, b).(circuit.Acquirer)
		late := admitted(t, g)
		time.Sleep(time.Second)
		admitted(t, g)
		inner.entries = nil
		late.Failure()
		late.Failure()
		inner.wants(t, "1 failure")
		wantStats(t, b, bulkhead.Stats{InFlight: 1, Max: 1, Expired: 1})
	})
}

// Modes are the breaker's: a limit that an operator could lift by forcing the breaker
// closed would not protect the caller.
func TestLimitHoldsInEachMode(t *testing.T) {
	for _, mode := range []circuit.Mode{circuit.Auto, circuit.Observe, circuit.ForceClose} {
		engine := must[*hystrix.Breaker](t)(hystrix.New(hystrix.Config{}))
		g := bulkhead.Guard(engine, newBulkhead(t, bulkhead.Config{Max: 1})).(circuit.Acquirer)
		setter, ok := circuit.As[circuit.ModeSetter](g)
		if !ok {
			t.Fatal("the engine's modes can't be set through a Guard")
		}
		if err := setter.SetMode(mode); err != nil {
			t.Fatal(err)
		}
		admitted(t, g)
		full(t, g)
		reporter, _ := circuit.As[circuit.Reporter](g)
		if s := reporter.Snapshot(); s.Mode != mode || s.Total.Ignored != 1 || s.Total.Refused+s.Total.WouldRefuse != 0 {
			t.Errorf("%v: a reject by the limit shows as %+v, want it among those ignored", mode, s.Total)
		}
	}
}

func TestSharedLimit(t *testing.T) {
	b := newBulkhead(t, bulkhead.Config{Max: 3})
	methods := group.New(func(string) circuit.Breaker { return bulkhead.Guard(nil, b) })
	slow := []circuit.Permit{}
	for range 2 {
		slow = append(slow, admitted(t, methods.Get("/slow").(circuit.Acquirer)))
	}
	admitted(t, methods.Get("/other").(circuit.Acquirer))
	full(t, methods.Get("/third").(circuit.Acquirer))
	slow[0].Failure()
	admitted(t, methods.Get("/third").(circuit.Acquirer))
	wantStats(t, b, bulkhead.Stats{InFlight: 3, Max: 3, Rejected: 1})
	if l, ok := bulkhead.Of(methods.Get("/slow")); !ok || l != b {
		t.Errorf("Of = %v, %v, want the shared limit", l, ok)
	}
}

func TestWhatAGuardIs(t *testing.T) {
	b := newBulkhead(t, bulkhead.Config{Max: 1})
	engine := must[*hystrix.Breaker](t)(hystrix.New(hystrix.Config{}))
	g := bulkhead.Guard(engine, b)
	if got, ok := circuit.As[*hystrix.Breaker](g); !ok || got != engine {
		t.Errorf("As finds %v, want the engine", got)
	}
	if got := bulkhead.Guard(engine, nil); got != engine {
		t.Errorf("Guard without a limit is %v, want the breaker itself", got)
	}
	// A group must be able to evict it, so it reports a state.
	if _, ok := circuit.As[circuit.Reporter](bulkhead.Guard(nil, b)); !ok {
		t.Error("a Guard of nothing is no Reporter")
	}
	if l, ok := bulkhead.Of(circuit.MarksRefusals(g)); !ok || l != b {
		t.Errorf("Of = %v, %v, want the limit", l, ok)
	}
	if l, ok := bulkhead.Of(engine); ok || l != nil {
		t.Errorf("Of an engine = %v, %v, want none", l, ok)
	}
}

// A panic in the call, and one in a foreign breaker that hears of it, give the place back.
func TestPanics(t *testing.T) {
	b := newBulkhead(t, bulkhead.Config{Max: 1})
	for _, inner := range []circuit.Breaker{nil, panicky{}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic did not go on")
				}
			}()
			_ = circuit.Do(t.Context(), bulkhead.Guard(inner, b), func(context.Context) error { panic("boom") })
		}()
		wantStats(t, b, bulkhead.Stats{Max: 1})
	}
	func() {
		defer func() { _ = recover() }()
		_ = bulkhead.Guard(nobody{}, b).Allow()
	}()
	wantStats(t, b, bulkhead.Stats{Max: 1})
	g := bulkhead.Guard(panicky{}, b)
	if err := g.Allow(); err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() { _ = recover() }()
		g.MarkFailed()
	}()
	wantStats(t, b, bulkhead.Stats{Max: 1})
}

type panicky struct{}

func (panicky) Allow() error { return nil }
func (panicky) MarkSuccess() { panic("no") }
func (panicky) MarkFailed()  { panic("no") }

type nobody struct{ panicky }

func (nobody) Allow() error { panic("no") }

func TestBareCallers(t *testing.T) {
	inner := &book{}
	b := newBulkhead(t, bulkhead.Config{Max: 2})
	g := bulkhead.Guard(inner, b)
	for range 2 {
		if err := g.Allow(); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Allow(); !errors.Is(err, bulkhead.ErrFull) || !errors.Is(err, circuit.ErrNotAllowed) {
		t.Errorf("Allow = %v, want ErrFull", err)
	}
	g.MarkFailed()
	wantStats(t, b, bulkhead.Stats{InFlight: 1, Max: 2, Rejected: 1})
	g.MarkSuccess()
	g.MarkSuccess() // of a call from elsewhere
	inner.wants(t, "allow", "allow", "mark failed", "mark success", "mark success")
	wantStats(t, b, bulkhead.Stats{Max: 2, Rejected: 1})

	inner.refuse = circuit.ErrNotAllowed
	if err := g.Allow(); err != circuit.ErrNotAllowed { //nolint:errorlint // not wrapped
		t.Errorf("Allow = %v, want the breaker's own refusal", err)
	}
	wantStats(t, b, bulkhead.Stats{Max: 2, Rejected: 1})
}

// Marks end the oldest calls, so lost ones stay behind until the bulkhead is full. It then
// is for Lifetime at most, and after that no place is missing.
func TestBareCallersThatLoseCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBulkhead(t, bulkhead.Config{Max: 3, Lifetime: time.Minute})
		g := bulkhead.Guard(nil, b)
		allow := func() bool { return g.Allow() == nil }
		lose := func(n int) {
			for range n {
				if !allow() {
					t.Fatal("refused too early")
				}
			}
		}
		lose(2)
		for range 1000 { // one after the other, in the place that is left
			time.Sleep(time.Second)
			if !allow() {
				t.Fatal("a call was refused though one place is free")
			}
			g.MarkSuccess()
		}
		wantStats(t, b, bulkhead.Stats{InFlight: 2, Max: 3})
		lose(1)
		start := time.Now()
		for !allow() {
			time.Sleep(time.Second)
		}
		if d := time.Since(start); d > time.Minute {
			t.Errorf("all calls were refused for %v, want a minute at most", d)
		}
		g.MarkSuccess()
		time.Sleep(time.Minute)
		wantStats(t, b, bulkhead.Stats{Max: 3, Rejected: b.Stats().Rejected, Expired: 3})
		for range 10 {
			lose(3)
			if allow() {
				t.Error("a fourth call was admitted")
			}
			g.MarkSuccess()
			g.MarkFailed()
			g.MarkSuccess()
		}
	})
}
