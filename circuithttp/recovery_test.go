package circuithttp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// recovering opens at the first failure, and probes after a second; a probe that

// is lost makes room after ten.

var recovering = hystrix.Config{ConsecutiveFailures: 1, SleepWindow: time.Second, SleepJitter: -1, ProbeLifetime: 10 * time.Second}

// streaming has status and a body that goes on after it.

func streaming(status int) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader("body")), Request: r, ContentLength: -1}, nil
	}
}

func TestRule2LeakedBodiesWedgeNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, recovering)
		open(t, b)
		rt := circuithttp.NewTransport(streaming(200), by(b))
		req := newRequest(t.Context(), t, "GET", "http://example.com", nil)
		time.Sleep(time.Second)
		if _, err := rt.RoundTrip(req); err != nil { // the probe, whose body is lost
			t.Fatal(err)
		}
		time.Sleep(10*time.Second - 1)
		if _, err := rt.RoundTrip(req); !errors.Is(err, circuit.ErrNotAllowed) {
			t.Fatalf("while the probe lives: %v", err)
		}
		time.Sleep(time.Nanosecond)
		resp, err := rt.RoundTrip(req)
		if err != nil {
			t.Fatalf("after the probe's lifetime: %v", err)
		}
		resp.Body.Close()
		if s := b.Snapshot().State; s != circuit.Closed {
			t.Errorf("state is %v, want closed", s)
		}
	})
}

func TestRule3BodyOfBeforeTheBreakerOpenedDecidesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, recovering)
		rt := circuithttp.NewTransport(streaming(200), by(b))
		old, err := rt.RoundTrip(newRequest(t.Context(), t, "GET", "http://example.com", nil))
		if err != nil {
			t.Fatal(err)
		}
		open(t, b)
		time.Sleep(time.Second)
		probe, err := rt.RoundTrip(newRequest(t.Context(), t, "GET", "http://example.com", nil))
		if err != nil {
			t.Fatal(err)
		}
		old.Body.Close()
		if s := b.Snapshot().State; s != circuit.HalfOpen {
			t.Errorf("state after the old body is %v, want half-open", s)
		}
		probe.Body.Close()
		if s := b.Snapshot().State; s != circuit.Closed {
			t.Errorf("state after the probe's body is %v, want closed", s)
		}
	})
}

func TestRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		status := 500
		b := newBreaker(t, recovering)
		rt := circuithttp.NewTransport(roundTrip(func(r *http.Request) (*http.Response, error) { return streaming(status)(r) }), by(b))
		call := func() string {
			resp, err := rt.RoundTrip(newRequest(t.Context(), t, "GET", "http://example.com", nil))
			if err != nil {
				return err.Error()
			}
			resp.Body.Close()
			return fmt.Sprint(resp.StatusCode)
		}
		for _, step := range []struct {
			pass   time.Duration
			status int
			want   string
		}{
			{0, 500, "500"},
			{0, 200, "hystrix: call not allowed"},
			{time.Second - 1, 200, "hystrix: call not allowed"},
			{1, 503, "503"},
			{time.Second - 1, 200, "hystrix: call not allowed"},
			{1, 200, "200"},
			{0, 200, "200"},
		} {
			time.Sleep(step.pass)
			status = step.status
			if got := call(); got != step.want {
				t.Errorf("at %v: %s, want %s", time.Now().Format("05.000000000"), got, step.want)
			}
		}
	})
}

// Close makes it a success and Read a failure, whichever comes first.

func TestConcurrentReadAndCloseSettleOnce(t *testing.T) {
	const calls = 500
	b := newBreaker(t, calm)
	rt := circuithttp.NewTransport(roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(brokenReader{})}, nil
	}), by(b))
	for range calls {
		resp, err := rt.RoundTrip(newRequest(t.Context(), t, "GET", "http://example.com", nil))
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() { resp.Body.Close() })
			wg.Go(func() { _, _ = resp.Body.Read(make([]byte, 1)) })
		}
		wg.Wait()
	}
	if total := b.Snapshot().Total; total.Successes+total.Failures != calls || total.Ignored != 0 {
		t.Errorf("total of %d calls is %+v", calls, total)
	}
}

// Closing a real response while another goroutine is blocked in Read makes that

// Read fail, which must not count.

func TestCloseUnderABlockedReadIsNotAFailure(t *testing.T) {
	started := make(chan struct{}, 1)
	srv := newServer(t, stalling(started))
	b := newBreaker(t, calm)
	resp, err := newClient(srv, by(b)).Get(srv.URL + "/body")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.ReadFull(resp.Body, make([]byte, len("start")))
	read := make(chan struct{})
	go func() {
		defer close(read)
		if _, err := resp.Body.Read(make([]byte, 1)); err == nil {
			t.Error("the closed body could be read")
		}
	}()
	resp.Body.Close()
	wait(t, "the read", read)
	wantTotal(t, b, circuit.Counts{Successes: 1})
}

// Whatever callers and callee do, each admitted call is counted once, on both

// sides.

func TestEveryCallIsCountedOnce(t *testing.T) {
	const callers, each = 8, 40
	clients := group.New(func(string) circuit.Breaker { return newBreaker(t, calm) })
	servers := newBreaker(t, calm)
	srv := httptest.NewServer(circuithttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/503":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/abort":
			fmt.Fprint(w, "half")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		case "/stall":
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		default:
			fmt.Fprint(w, strings.Repeat("fine ", 1000))
		}
	}), by(servers)))
	base := &http.Transport{}
	c := &http.Client{Transport: circuithttp.NewTransport(base, circuithttp.WithGroup(clients),
		circuithttp.WithKey(func(r *http.Request) string { return r.URL.Path }))}

	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for range each {
				path := []string{"/503", "/abort", "/stall", "/fine"}[rand.IntN(4)]
				ctx, cancel := context.WithCancel(t.Context())
				resp, err := c.Do(newRequest(ctx, t, "GET", srv.URL+path, nil))
				if err != nil {
					t.Errorf("%s: %v", path, err)
					cancel()
					return
				}
				if path == "/stall" {
					cancel()
				}
				if rand.IntN(2) == 0 {
					_, _ = io.Copy(io.Discard, resp.Body)
				}
				resp.Body.Close()
				cancel()
			}
		})
	}
	wg.Wait()
	base.CloseIdleConnections()
	srv.Close() // waits for the handlers

	var all uint64
	for path, b := range clients.All() {
		total := b.(circuit.Reporter).Snapshot().Total
		all += total.Successes + total.Failures + total.Ignored
		switch path {
		case "/503":
			total.Failures = 0
		case "/abort": // a success where the caller closed before it noticed
			total.Failures, total.Successes = 0, 0
		case "/stall":
			total.Ignored = 0
		case "/fine":
			total.Successes = 0
		}
		if total != (circuit.Counts{}) {
			t.Errorf("%s: wrong outcomes %+v", path, total)
		}
	}
	total := servers.Snapshot().Total
	if served := total.Successes + total.Failures + total.Ignored; all != callers*each || served != all {
		t.Errorf("the clients counted %d calls and the server %d, want %d", all, served, callers*each)
	}
}
