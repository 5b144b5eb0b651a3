package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/examples/internal/memnet"
)

// The calls go through a real http.Transport to a real http.Server, over
// connections in memory, so that the time is the bubble's and the numbers exact.
func TestWhichCallsAreRefused(t *testing.T) {
	states := []circuit.State{circuit.Closed, circuit.Open, circuit.HalfOpen, circuit.Closed}
	tests := []struct {
		name   string
		answer time.Duration
		want   report
	}{
		// Call 3 comes at 200 ms, when the server is well, so two calls fail. The
		// tenth ends at 902 ms and the sleep window at 1402 ms: call 15 at 1400
		// ms is refused, call 16 is the probe.
		{"answers in 2 ms", 2 * time.Millisecond, report{
			failed:  []int{1, 2},
			refused: []int{11, 12, 13, 14, 15},
			passed:  []int{3, 4, 5, 6, 7, 8, 9, 10, 16, 17, 18, 19, 20},
			states:  states,
		}},
		// The sleep window ends at 1400 ms sharp, which is not in it any more.
		{"answers at once", 0, report{
			failed:  []int{1, 2},
			refused: []int{11, 12, 13, 14},
			passed:  []int{3, 4, 5, 6, 7, 8, 9, 10, 15, 16, 17, 18, 19, 20},
			states:  states,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := memnet.Listen()
				got, err := run(t.Context(), io.Discard, l, l.DialContext, tt.answer)
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got, tt.want) {
					t.Errorf("got  %+v\nwant %+v", got, tt.want)
				}
			})
		})
	}
}

// A call that takes longer than its timeout fails after 10 ms, and counts.
func TestCallTimeoutIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, stop := serving(t, func(http.ResponseWriter, *http.Request) { time.Sleep(time.Second) })
		defer stop()
		start := time.Now()
		err := c.ping(t.Context(), "http://server/ping")
		if !errors.Is(err, hystrix.ErrTimeout) || time.Since(start) != 10*time.Millisecond {
			t.Errorf("%v after %v, want a timeout after 10ms", err, time.Since(start))
		}
		if got := c.breaker.Snapshot().Total; got != (circuit.Counts{Failures: 1}) {
			t.Errorf("counts %+v, want one failure", got)
		}
		synctest.Wait() // the request ends with its ctx
		if got := c.command.Stats(); got != (hystrix.Stats{Timeouts: 1, FallbackFailures: 1}) {
			t.Errorf("stats %+v, want a timeout, a fallback that passes it on, and nothing in flight", got)
		}
	})
}

// The call beyond the limit gets the fallback at once, and says nothing about the server.
func TestAtMostHundredCallsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, stop := serving(t, func(http.ResponseWriter, *http.Request) { time.Sleep(5 * time.Millisecond) })
		defer stop()
		results := make(chan error, 103)
		for range cap(results) {
			go func() { results <- c.ping(t.Context(), "http://server/ping") }()
		}
		var passed, busy int
		for range cap(results) {
			switch err := <-results; {
			case err == nil:
				passed++
			case errors.Is(err, hystrix.ErrMaxConcurrency):
				busy++
			default:
				t.Error(err)
			}
		}
		if passed != 100 || busy != 3 {
			t.Errorf("%d passed and %d found no place, want 100 and 3", passed, busy)
		}
		if got := c.breaker.Snapshot().Total; got != (circuit.Counts{Successes: 100, Ignored: 3}) {
			t.Errorf("counts %+v, want 100 successes, and 3 ignored", got)
		}
		if got := c.command.Stats(); got != (hystrix.Stats{Successes: 100, ConcurrencyRejects: 3, FallbackFailures: 3}) {
			t.Errorf("stats %+v, want 100 successes and 3 rejects", got)
		}
	})
}

// serving is a client of a server in memory; its fallback passes errors on.
func serving(t *testing.T, handler http.HandlerFunc) (c *client, stop func()) {
	t.Helper()
	l := memnet.Listen()
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(l) }()
	transport := &http.Transport{DialContext: l.DialContext}
	c, err := newClient(transport, func(_ context.Context, err error) error { return err })
	if err != nil {
		t.Fatal(err)
	}
	return c, func() {
		transport.CloseIdleConnections()
		if err := server.Shutdown(t.Context()); err != nil { // waits for its handlers
			t.Error(err)
		}
	}
}
