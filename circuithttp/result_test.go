package circuithttp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// What a call can end in, beyond its outcome.
var (
	plainFailure = circuit.Result{Outcome: circuit.Failure}
	timeout      = circuit.Result{Outcome: circuit.Failure, Kind: circuit.KindTimeout}
	interrupt    = circuit.Result{Outcome: circuit.Ignored, Kind: circuit.KindInterrupt}
	badRequest   = circuit.Result{Outcome: circuit.Ignored, Kind: circuit.KindBadRequest}
)

// ended waits for one result, and compares it. Of RetryAfter, part of the first second
// may be gone.
func (c *clerk) ended(t *testing.T, what string, want circuit.Result) {
	t.Helper()
	c.wants(t, what, want.Outcome)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.results) != 1 {
		return // wants has said so
	}
	got := c.results[0]
	if lost := want.RetryAfter - got.RetryAfter; lost > 0 && lost < time.Second && got.RetryAfter > 0 {
		got.RetryAfter = want.RetryAfter
	}
	if got != want {
		t.Errorf("%s: ended as %+v, want %+v", what, got, want)
	}
}

// says is a handler of that answer.
func says(status int, retryAfter string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(status)
	}
}

func inSeconds(n int) string {
	return time.Now().Add(time.Duration(n) * time.Second).UTC().Format(http.TimeFormat)
}

// A server's own breaker is told what its handler wrote, and the client's what came.
func TestResultTellsWhatTheAnswerSays(t *testing.T) {
	const minute = time.Minute
	overload := func(d time.Duration) circuit.Result {
		return circuit.Result{Outcome: circuit.Overload, RetryAfter: d}
	}
	for _, c := range []struct {
		status     int
		retryAfter string
		want       circuit.Result
	}{
		{503, "60", overload(minute)},
		{429, "60", overload(minute)},
		{429, "", overload(0)},
		{503, "0", overload(0)},
		{503, inSeconds(60), overload(minute)},
		{503, inSeconds(-60), overload(0)},
		{503, "", plainFailure},
		{503, "soon", plainFailure},
		{500, "60", circuit.Result{Outcome: circuit.Failure, RetryAfter: minute}},
		{504, "", timeout},
		{504, "60", circuit.Result{Outcome: circuit.Failure, Kind: circuit.KindTimeout, RetryAfter: minute}},
		{404, "60", circuit.Result{}},
		{200, "60", circuit.Result{}},
		{499, "60", circuit.Result{Outcome: circuit.Ignored}},
	} {
		what := fmt.Sprintf("%d %q", c.status, c.retryAfter)
		atServer, atClient := &clerk{}, &clerk{}
		srv := newServer(t, circuithttp.Handler(says(c.status, c.retryAfter), by(atServer)).ServeHTTP)
		fetch(t, newClient(srv, by(atClient)), srv.URL)
		atClient.ended(t, what+", client", c.want)
		atServer.ended(t, what+", server", c.want)
	}
}

func TestResultTellsTimeoutsAndInterrupts(t *testing.T) {
	atOnce := func(parent context.Context) (context.Context, context.CancelFunc) { return context.WithCancel(parent) }
	soon := func(parent context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeout(parent, 50*time.Millisecond)
	}
	for _, path := range []string{"/header", "/body"} {
		for name, c := range map[string]struct {
			ctx  func(context.Context) (context.Context, context.CancelFunc)
			want circuit.Result
		}{"deadline": {soon, timeout}, "cancelled": {atOnce, interrupt}} {
			started := make(chan struct{}, 1)
			srv := newServer(t, stalling(started))
			b := &clerk{}
			ctx, cancel := c.ctx(t.Context())
			if name == "cancelled" {
				go func() { <-started; cancel() }()
			}
			if err := readAll(newClient(srv, by(b)), newRequest(ctx, t, "GET", srv.URL+path, nil)); err == nil {
				t.Error("no error")
			}
			cancel()
			b.ended(t, name+" "+path, c.want)
		}
	}
	// That of the transport is no context's.
	srv := newServer(t, stalling(make(chan struct{}, 1)))
	base := &http.Transport{ResponseHeaderTimeout: 50 * time.Millisecond}
	t.Cleanup(base.CloseIdleConnections)
	b := &clerk{}
	if err := readAll(&http.Client{Transport: circuithttp.NewTransport(base, by(b))}, newRequest(t.Context(), t, "GET", srv.URL, nil)); err == nil {
		t.Error("no error")
	}
	b.ended(t, "timeout of the transport", timeout)
}

func TestResultTellsWhatTheCallerDid(t *testing.T) {
	srv := newServer(t, drainUpload)
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	cancelled := make(chan struct{})
	close(cancelled)
	for name, c := range map[string]struct {
		base   http.RoundTripper
		change func(*http.Request)
		want   circuit.Result
	}{
		"malformed header": {nil, func(r *http.Request) { r.Header["X"] = []string{"a\nb"} }, badRequest},
		"broken upload": {nil, func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(io.MultiReader(strings.NewReader("some"), brokenReader{})), -1
		}, badRequest},
		"closed req.Cancel": {answering(503), func(r *http.Request) { r.Cancel = cancelled }, interrupt}, //nolint:staticcheck // callers still use it
		"nobody there":      {nil, func(r *http.Request) { r.URL.Host = closed.Listener.Addr().String() }, plainFailure},
		"marked as bad": {roundTrip(func(*http.Request) (*http.Response, error) {
			return nil, circuit.BadRequest(errDisk)
		}), func(*http.Request) {}, badRequest},
		// What a breaker further down knows is not the callee's advice.
		"refused further down": {roundTrip(func(*http.Request) (*http.Response, error) {
			return nil, circuit.NewRefusal("inner", func() (time.Duration, bool) { return time.Minute, true })
		}), func(*http.Request) {}, circuit.Result{Outcome: circuit.Ignored}},
	} {
		b := &clerk{}
		req := newRequest(t.Context(), t, "POST", srv.URL, nil)
		c.change(req)
		base := c.base
		if base == nil {
			base = srv.Client().Transport
		}
		if _, err := circuithttp.NewTransport(base, by(b)).RoundTrip(req); err == nil && c.base == nil {
			t.Errorf("%s: no error", name)
		}
		b.ended(t, name, c.want)
	}
}

// What happens to a handler, told by its context and by its panic.
func TestResultOfAHandlerThatEndsOtherwise(t *testing.T) {
	late := func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, -1) }
	for name, c := range map[string]struct {
		ctx  func(context.Context) (context.Context, context.CancelFunc)
		end  func(w http.ResponseWriter, cancel context.CancelFunc)
		want circuit.Result
	}{
		"too late":         {late, func(http.ResponseWriter, context.CancelFunc) {}, timeout},
		"too late and 503": {late, func(w http.ResponseWriter, _ context.CancelFunc) { w.WriteHeader(http.StatusServiceUnavailable) }, timeout},
		"caller left":      {context.WithCancel, func(_ http.ResponseWriter, left context.CancelFunc) { left() }, interrupt},
		"caller left, aborted": {context.WithCancel, func(_ http.ResponseWriter, left context.CancelFunc) {
			left()
			panic(http.ErrAbortHandler)
		}, interrupt},
		"panic": {context.WithCancel, func(http.ResponseWriter, context.CancelFunc) { panic(errDisk) }, plainFailure},
	} {
		b := &clerk{}
		ctx, cancel := c.ctx(t.Context())
		h := circuithttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { c.end(w, cancel) }), by(b))
		func() {
			defer func() { _ = recover() }()
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))
		}()
		cancel()
		b.ended(t, name, c.want)
	}
}

// patient opens at the first failure, for as long as the callee asks.
var patient = hystrix.Config{ConsecutiveFailures: 1, SleepWindow: 5 * time.Minute, SleepJitter: -1, MaxRetryAfter: time.Hour}

// The open time is the server's, on both sides, whichever way the server tells it.
func TestOpenTimeIsTheServersRetryAfter(t *testing.T) {
	for retryAfter, want := range map[string]time.Duration{
		"20": 20 * time.Second, inSeconds(60): time.Minute, "7200": time.Hour, "": patient.SleepWindow,
	} {
		atServer, atClient := newBreaker(t, patient), newBreaker(t, patient)
		srv := newServer(t, circuithttp.Handler(says(503, retryAfter), by(atServer)).ServeHTTP)
		client := newClient(srv, by(atClient))
		fetch(t, client, srv.URL)
		if _, err := client.Get(srv.URL); !errors.Is(err, circuit.ErrNotAllowed) {
			t.Errorf("%q: the second call returned %v, want a refusal", retryAfter, err)
		}
		for side, b := range map[string]*hystrix.Breaker{"client": atClient, "server": atServer} {
			s := b.Snapshot()
			if s.State != circuit.Open || s.RetryAfter > want || s.RetryAfter <= want-patience {
				t.Errorf("%q: the %s's breaker is %v for %v, want open for %v", retryAfter, side, s.State, s.RetryAfter, want)
			}
		}
	}
}

// The same to the nanosecond, and the call that is admitted then.
func TestOpenTimeEndsWhenTheServerSaid(t *testing.T) {
	for _, date := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			b := newBreaker(t, patient)
			header := http.Header{"Retry-After": {"90"}}
			if date {
				header.Set("Retry-After", inSeconds(90))
			}
			asked := 0
			rt := circuithttp.NewTransport(roundTrip(func(*http.Request) (*http.Response, error) {
				asked++
				return &http.Response{StatusCode: http.StatusServiceUnavailable, Header: header, Body: http.NoBody}, nil
			}), by(b))
			try := func(wantAsked int) {
				t.Helper()
				_, _ = rt.RoundTrip(newRequest(t.Context(), t, "GET", "http://example.com", nil))
				if asked != wantAsked {
					t.Errorf("date %v: the server was asked %d times, want %d", date, asked, wantAsked)
				}
			}
			try(1)
			if after := b.Snapshot().RetryAfter; after != 90*time.Second {
				t.Errorf("date %v: open for %v, want 90s", date, after)
			}
			time.Sleep(90*time.Second - 1)
			try(1)
			time.Sleep(time.Nanosecond)
			try(2)
		})
	}
}

func TestParseRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for value, want := range map[string]time.Duration{
			"0": 0, "120": 2 * time.Minute, "2147483647": 2147483647 * time.Second,
			inSeconds(30): 30 * time.Second, inSeconds(-30): 0,
		} {
			if after, ok := circuithttp.ParseRetryAfter(value); !ok || after != want {
				t.Errorf("%q is %v, %v, want %v", value, after, ok, want)
			}
		}
		for _, value := range []string{"", "soon", "-1", "1.5", "2147483648"} {
			if after, ok := circuithttp.ParseRetryAfter(value); ok || after != 0 {
				t.Errorf("%q is %v, %v, want none", value, after, ok)
			}
		}
	})
}
