package main

import (
	"context"
	"errors"
	"io"
	"math"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/examples/internal/memnet"
)

const (
	ms = time.Millisecond
	s  = time.Second
)

func links() (toPrimary, toStandby link) {
	p, s := memnet.Listen(), memnet.Listen()
	return link{p, p.DialContext}, link{s, s.DialContext}
}

// The whole program, over real HTTP servers and clients on connections in memory, so that
// the time is the bubble's. The bubble ends only when no goroutine is left.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		toPrimary, toStandby := links()
		r, err := run(t.Context(), io.Discard, toPrimary, toStandby)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.events) != 3 {
			t.Fatalf("events %+v, want 3", r.events)
		}
		// Orders fail at 1, 1.1 and 1.2 s. Checks are each 0.5 s from then on; the first
		// that succeed are those at 5.2, 5.7 and 6.2 s. When it closes is up to chance.
		want := []event{
			{1200 * ms, circuit.Closed, circuit.Open, "failures in a row"},
			{6200 * ms, circuit.Open, circuit.HalfOpen, "health checks passed"},
			{r.events[2].at, circuit.HalfOpen, circuit.Closed, "live calls"},
		}
		if !reflect.DeepEqual(r.events, want) {
			t.Errorf("events %+v, want %+v", r.events, want)
		}
		// 13 orders until it opened, 5 to close it, and 9 in the second after that.
		if r.primary != 27 {
			t.Errorf("%d orders reached the primary, want 27", r.primary)
		}
		seen := map[string]int{"success": 24, "failure": 3, "short circuit": r.standby - 3}
		if !reflect.DeepEqual(r.seen, seen) {
			t.Errorf("the rules saw %v, want %v", r.seen, seen)
		}
	})
}

// world is a client with both sites in a bubble, whose orders are made between the ticks
// of health checks: these come at full tenths of a second after opening.
type world struct {
	t *testing.T
	*client
	*sites
	*notes
	cancel func()
}

func inBubble(t *testing.T, with settings, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
		w := &world{t: t, sites: open(links()), notes: &notes{out: io.Discard, start: time.Now()}, cancel: cancel}
		defer w.stop()
		var err error
		if w.client, err = newClient(ctx, w.transport, with); err != nil {
			t.Fatal(err)
		}
		w.breaker.Observe(w.changed)
		f(t, w)
		if w.breaker.Snapshot().State != circuit.Closed {
			cancel() // else the checks have ended already, or the bubble will not
		}
	})
}

// orders wants the given site to answer an order.
func (w *world) orders(from *site) {
	w.t.Helper()
	if got, err := w.order(w.t.Context(), "tea"); got != from.name || err != nil {
		w.t.Errorf("at %v the %s answers, with %v, want the %s", time.Since(w.start), got, err, from.name)
	}
}

// opens has three orders fail, at the time 0.
func (w *world) opens() {
	w.primary.down.Store(true)
	for range 3 {
		w.orders(w.standby)
	}
	w.primary.down.Store(false)
}

// until sleeps until a time from the start.
func (w *world) until(at time.Duration) { time.Sleep(time.Until(w.start.Add(at))) }

func (w *world) wants(events ...event) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !reflect.DeepEqual(w.events, events) {
		w.t.Errorf("events\n%+v, want\n%+v", w.events, events)
	}
}

var opened = event{0, circuit.Closed, circuit.Open, "failures in a row"}

func always(s settings) settings {
	s.share = 1
	return s
}

func TestNoLiveCallBeforeThreeHealthyChecks(t *testing.T) {
	inBubble(t, always(usual), func(t *testing.T, w *world) {
		w.opens()
		for at := 5 * ms; at < 3*s; at += 10 * ms { // the third check fails, so the row starts over
			w.until(at)
			w.primary.down.Store(at > 1200*ms && at < 1700*ms)
			w.orders(w.standby)
		}
		orders, checks := w.primary.came()
		if len(orders) != 3 {
			t.Errorf("%d live calls reached the primary, want the 3 that failed", len(orders))
		}
		var at []time.Duration
		for _, check := range checks {
			at = append(at, check.Sub(w.start))
		}
		if want := []time.Duration{500 * ms, 1 * s, 1500 * ms, 2 * s, 2500 * ms}; !reflect.DeepEqual(at, want) {
			t.Errorf("checks at %v, want %v", at, want)
		}
		w.until(3*s + 5*ms)
		for range 5 {
			w.orders(w.primary)
		}
		w.wants(opened,
			event{3 * s, circuit.Open, circuit.HalfOpen, "health checks passed"},
			event{3*s + 5*ms, circuit.HalfOpen, circuit.Closed, "live calls"})
		if orders, _ := w.standby.came(); len(orders) != 3+300 {
			t.Errorf("%d orders went to the standby, want 3 that failed and 300 that were refused", len(orders))
		}
	})
}

// Until 1000 live calls have succeeded, each is let through with a probability of 1/4: the
// number of calls is 4000 on average, with a standard deviation of √(1000·¾)/¼ = 110.
// Six of them are missed once in 500 million runs.
func TestShareOfLiveCalls(t *testing.T) {
	with := usual
	with.successes = 1000
	inBubble(t, with, func(t *testing.T, w *world) {
		w.opens()
		w.until(1500*ms + 5*ms)
		calls := 0
		for w.breaker.Snapshot().State == circuit.HalfOpen {
			calls++
			if _, err := w.order(t.Context(), "tea"); err != nil {
				t.Fatal(err)
			}
		}
		if orders, _ := w.primary.came(); len(orders) != 3+1000 {
			t.Errorf("%d live calls reached the primary, want 1000 after the 3 that failed", len(orders))
		}
		if deviation := math.Sqrt(1000*(1-with.share)) / with.share; math.Abs(float64(calls)-4000) > 6*deviation {
			t.Errorf("1000 of %d calls were let through, want 4000 ± %.0f", calls, 6*deviation)
		}
		t.Logf("1000 of %d calls were let through", calls)
	})
}

// One failure while half-open, and the row of checks starts over.
func TestOneFailureOpensAgain(t *testing.T) {
	halfOpen := event{1500 * ms, circuit.Open, circuit.HalfOpen, "health checks passed"}
	t.Run("of a live call", func(t *testing.T) {
		inBubble(t, always(usual), func(_ *testing.T, w *world) {
			w.opens()
			w.until(1605 * ms)
			for range 4 { // the fifth would close it
				w.orders(w.primary)
			}
			w.primary.down.Store(true)
			w.orders(w.standby)
			w.primary.down.Store(false)
			w.until(2995 * ms)
			w.orders(w.standby)
			w.until(3005 * ms)
			w.orders(w.primary)
			w.wants(opened, halfOpen,
				event{1605 * ms, circuit.HalfOpen, circuit.Open, "live calls"},
				event{3 * s, circuit.Open, circuit.HalfOpen, "health checks passed"})
		})
	})
	t.Run("of a check", func(t *testing.T) {
		inBubble(t, always(usual), func(_ *testing.T, w *world) {
			w.opens()
			w.until(1605 * ms)
			w.orders(w.primary)
			w.primary.down.Store(true)
			w.until(2005 * ms)
			w.primary.down.Store(false)
			w.orders(w.standby)
			w.until(3495 * ms)
			w.orders(w.standby)
			w.until(3505 * ms)
			w.orders(w.primary)
			w.wants(opened, halfOpen,
				event{2 * s, circuit.HalfOpen, circuit.Open, "health check failed"},
				event{3500 * ms, circuit.Open, circuit.HalfOpen, "health checks passed"})
		})
	})
}

func TestChecksEndWhenTheCircuitCloses(t *testing.T) {
	inBubble(t, always(usual), func(t *testing.T, w *world) {
		w.opens()
		w.until(1505 * ms)
		for range 5 {
			w.orders(w.primary)
		}
		w.until(time.Hour)
		if _, checks := w.primary.came(); len(checks) != 3 {
			t.Errorf("%d checks, want 3 and none after closing", len(checks))
		}
		w.wants(opened,
			event{1500 * ms, circuit.Open, circuit.HalfOpen, "health checks passed"},
			event{1505 * ms, circuit.HalfOpen, circuit.Closed, "live calls"})
	})
}

// When the checks' context ends while the circuit is open, time decides as without checks:
// a sleep window of 5 s, stretched by a tenth at most.
func TestChecksEndWithTheirContext(t *testing.T) {
	inBubble(t, always(usual), func(t *testing.T, w *world) {
		w.opens()
		w.until(1205 * ms)
		w.cancel()
		synctest.Wait()
		w.until(6200 * ms)
		w.orders(w.standby)
		w.until(6710 * ms)
		w.orders(w.primary)
		if _, checks := w.primary.came(); len(checks) != 2 {
			t.Errorf("%d checks, want 2 and none after the context's end", len(checks))
		}
		w.wants(opened, event{6710 * ms, circuit.Open, circuit.HalfOpen, "sleep window over"})
	})
}

// Every kind of outcome comes to the rules, once for each call.
func TestRulesSeeEachKind(t *testing.T) {
	with := always(usual)
	with.command.MaxConcurrent = 2
	inBubble(t, with, func(t *testing.T, w *world) {
		mistakes := func(n int) {
			for range n {
				if _, err := w.order(t.Context(), ""); !errors.Is(err, circuit.ErrBadRequest) {
					t.Errorf("%v, want a bad request", err)
				}
			}
		}
		for range 4 {
			w.orders(w.primary)
		}
		mistakes(3)
		w.primary.slow.Store(int64(100 * ms))
		for range 2 { // callers who leave after 50 ms
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(50*ms, cancel)
			if _, err := w.order(ctx, "tea"); !errors.Is(err, hystrix.ErrInterrupt) {
				t.Errorf("%v, want an interrupt", err)
			}
			synctest.Wait() // for the call to end, which keeps its place until then
		}
		var two sync.WaitGroup
		for range 2 {
			two.Go(func() { w.orders(w.primary) })
		}
		synctest.Wait()
		for range 3 { // beyond the two
			w.orders(w.standby)
		}
		two.Wait()
		w.primary.slow.Store(int64(s)) // a timeout, and two failures after it, open the circuit
		w.orders(w.standby)
		w.primary.slow.Store(0)
		w.primary.down.Store(true)
		for range 2 + 5 { // five of them when it is open
			w.orders(w.standby)
		}
		want := map[string]int{
			"success": 6, "failure": 2, "timeout": 1, "bad request": 3,
			"interrupt": 2, "concurrency reject": 3, "short circuit": 5,
		}
		if got := w.seen.all(); !reflect.DeepEqual(got, want) {
			t.Errorf("the rules saw\n%v, want\n%v", got, want)
		}
		// The clock: two callers of 50 ms, two of 100 ms at once, a timeout of 200 ms.
		w.wants(event{400 * ms, circuit.Closed, circuit.Open, "failures in a row"})

		w.primary.down.Store(false)
		w.until(1905 * ms)
		mistakes(1)
		for range 5 {
			w.orders(w.primary)
		}
		want["bad request"], want["success"] = 4, 11
		if got := w.seen.all(); !reflect.DeepEqual(got, want) {
			t.Errorf("in the end the rules saw\n%v, want\n%v", got, want)
		}
		stats := hystrix.Stats{
			Successes: 11, Failures: 2, Timeouts: 1, BadRequests: 4, Interrupts: 2,
			ConcurrencyRejects: 3, ShortCircuits: 5, FallbackSuccesses: 11,
		}
		if got := w.command.Stats(); got != stats {
			t.Errorf("the command counted\n%+v, want\n%+v", got, stats)
		}
		w.wants(event{400 * ms, circuit.Closed, circuit.Open, "failures in a row"},
			event{1900 * ms, circuit.Open, circuit.HalfOpen, "health checks passed"},
			event{1905 * ms, circuit.HalfOpen, circuit.Closed, "live calls"})
	})
}

// When the standby fails, too, the caller learns of both.
func TestBothSitesDown(t *testing.T) {
	inBubble(t, usual, func(t *testing.T, w *world) {
		w.primary.down.Store(true)
		w.standby.down.Store(true)
		_, err := w.order(t.Context(), "tea")
		e, ok := errors.AsType[*hystrix.CommandError](err)
		if !ok || e.Kind != circuit.KindPlain || e.Err == nil || e.Fallback == nil {
			t.Errorf("%v, want the failures of both sites", err)
		}
	})
}
