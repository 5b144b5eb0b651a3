package circuithttp_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// clerk admits every call and writes down how it ended, which the counts of an
// engine tell less exactly.
type clerk struct {
	circuit.Disabled
	mu       sync.Mutex
	outcomes []circuit.Outcome
	results  []circuit.Result
}

func (c *clerk) Acquire() (circuit.Permit, error) { return circuit.NewPermit(c, 0), nil }

func (c *clerk) Settle(token uint64, o circuit.Outcome) {
	c.SettleResult(token, circuit.Result{Outcome: o})
}

func (c *clerk) SettleResult(_ uint64, r circuit.Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.outcomes, c.results = append(c.outcomes, r.Outcome), append(c.results, r)
}

// wants waits for as many outcomes, and compares them.
func (c *clerk) wants(t *testing.T, what string, want ...circuit.Outcome) {
	t.Helper()
	var got []circuit.Outcome
	for deadline := time.Now().Add(patience); len(got) < len(want) && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		c.mu.Lock()
		got = slices.Clone(c.outcomes)
		c.mu.Unlock()
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: settled as %v, want %v", what, got, want)
	}
}

// overloads are answers that a callee may give when it is busy, or broken.
var overloads = []struct {
	status     int
	retryAfter string
	want       circuit.Outcome
}{
	{429, "", circuit.Overload},
	{429, "7", circuit.Overload},
	{503, "7", circuit.Overload},
	{503, "0", circuit.Overload},
	{503, "Sun, 06 Nov 1994 08:49:37 GMT", circuit.Overload}, // in the past
	{503, "Sunday, 06-Nov-94 08:49:37 GMT", circuit.Overload},
	{503, "Fri, 31 Dec 2100 23:59:59 GMT", circuit.Overload},
	{503, "", circuit.Failure},
	{503, "soon", circuit.Failure},
	{503, "-1", circuit.Failure},
	{503, "+1", circuit.Failure},
	{503, "1.5", circuit.Failure},
	{503, "99999999999999999999", circuit.Failure},
	{500, "7", circuit.Failure},
	{502, "7", circuit.Failure},
	{504, "7", circuit.Failure},
	{404, "7", circuit.Success},
	{200, "7", circuit.Success},
}

// What the callee only may mean must not count as what it says: engines slow
// their callers down for an overload at once, and for failures by a threshold.
func TestRule5OverloadIsWhatTheCalleeSaysIsOne(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		for _, c := range overloads {
			t.Run(fmt.Sprintf("%d %q http2 %v", c.status, c.retryAfter, http2), func(t *testing.T) {
				atServer, atClient := &clerk{}, &clerk{}
				srv := newHTTP2(t, http2, circuithttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					if c.retryAfter != "" {
						w.Header().Set("Retry-After", c.retryAfter)
					}
					w.WriteHeader(c.status)
					w.Header().Del("Retry-After") // too late
				}), by(atServer)).ServeHTTP)
				if status, _, _ := fetch(t, newClient(srv, by(atClient)), srv.URL); status != c.status {
					t.Errorf("status is %d", status)
				}
				atClient.wants(t, "client", c.want)
				atServer.wants(t, "server", c.want)
			})
		}
	}
}

// A breaker that sleeps says for how long, and the client of its server hears it.
func TestRefusalOfAServerThatSaysWhenIsAnOverload(t *testing.T) {
	b := newBreaker(t, fragile)
	open(t, b)
	srv := newServer(t, circuithttp.Handler(nil, by(b)).ServeHTTP)
	atClient := &clerk{}
	fetch(t, newClient(srv, by(atClient)), srv.URL)
	atClient.wants(t, "client", circuit.Overload)
}

// The fallback that asks when to come back, and the one that asks for the status.
func TestFallbackOfAnOverloadHearsStatusAndRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, status := range []int{429, 503} {
			retryAfter := "7"
			if status == 503 {
				retryAfter = time.Now().Add(7 * time.Second).UTC().Format(http.TimeFormat)
			}
			var asked []error
			rt := circuithttp.NewTransport(roundTrip(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {retryAfter}}, Body: http.NoBody}, nil
			}), cached(&asked))
			resp, err := rt.RoundTrip(newRequest(t.Context(), t, "GET", "http://example.com", nil))
			if err != nil || resp.StatusCode != http.StatusNonAuthoritativeInfo || len(asked) != 1 {
				t.Fatalf("got %v, %v, asked %v", resp, err, asked)
			}
			if found, ok := errors.AsType[circuithttp.StatusError](asked[0]); !ok || int(found) != status ||
				!errors.Is(asked[0], circuithttp.StatusError(status)) || asked[0].Error() != circuithttp.StatusError(status).Error() {
				t.Errorf("the fallback got %v, want status %d", asked[0], status)
			}
			for _, want := range []time.Duration{7 * time.Second, 2 * time.Second, 0} {
				if after, ok := circuit.RetryAfter(asked[0]); after != want || !ok {
					t.Errorf("RetryAfter = %v, %v, want %v", after, ok, want)
				}
				time.Sleep(5 * time.Second)
			}
		}
	})
}

func TestOverloadAfterTheCallerLeftIsIgnored(t *testing.T) {
	b := &clerk{}
	ctx, cancel := context.WithCancel(t.Context())
	h := circuithttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		cancel()
		w.WriteHeader(http.StatusTooManyRequests)
	}), by(b))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))
	b.wants(t, "server", circuit.Ignored)
}
