package circuitfailsafe_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/failsafe-go/failsafe-go/failsafehttp"
	"github.com/failsafe-go/failsafe-go/timeout"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// A response is judged by its header. To judge bodies, too, let circuithttp's transport be
// the innermost.
func TestBodyThatBreaksOff(t *testing.T) {
	srv := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "hel")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	byHeader, byBody := newHystrix(t, calm), newHystrix(t, calm)
	client := *srv.Client()
	client.Transport = failsafehttp.NewRoundTripper(
		circuithttp.NewTransport(client.Transport, circuithttp.WithBreaker(func(string) circuit.Breaker { return byBody })),
		circuitfailsafe.NewPolicy[response](byHeader))
	if status, _, err := get(t.Context(), t, &client, srv.URL); status != 200 || err == nil {
		t.Errorf("%d, %v; want 200 and a body that breaks off", status, err)
	}
	wantTotal(t, byHeader, circuit.Counts{Successes: 1})
	wantTotal(t, byBody, circuit.Counts{Failures: 1})
}

// A transport inside all policies doesn't know of failsafe's timeouts, so a server that
// hangs would not open its breaker.
func TestTransportInsideATimeout(t *testing.T) {
	srv := newServer(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ofPolicy, ofTransport := newHystrix(t, calm), newHystrix(t, calm)
	client := *srv.Client()
	client.Transport = failsafehttp.NewRoundTripper(
		circuithttp.NewTransport(client.Transport, circuithttp.WithBreaker(func(string) circuit.Breaker { return ofTransport })),
		timeout.New[response](20*time.Millisecond), circuitfailsafe.NewPolicy[response](ofPolicy))
	if _, _, err := get(t.Context(), t, &client, srv.URL); !errors.Is(err, timeout.ErrExceeded) {
		t.Errorf("%v, want a timeout", err)
	}
	wantTotal(t, ofPolicy, circuit.Counts{Failures: 1})
	wantTotal(t, ofTransport, circuit.Counts{Ignored: 1})
}

// A request that is not sent, for its header, is a failure to a policy, which doesn't see it.
func TestRequestThatIsNotSent(t *testing.T) {
	srv := newServer(t, func(http.ResponseWriter, *http.Request) {})
	b := newHystrix(t, calm)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header["X"] = []string{"a\nb"}
	if _, err := srv.client(circuitfailsafe.NewPolicy[response](b)).Do(req); err == nil {
		t.Error("no error")
	}
	wantTotal(t, b, circuit.Counts{Failures: 1})
}

// What package documentation says of servers: a handler of failsafehttp's has nothing to
// judge, and doesn't know our refusals.
func TestHandlerOfFailsafe(t *testing.T) {
	b := newHystrix(t, fragile)
	h := failsafehttp.NewHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }),
		circuitfailsafe.NewPolicy[response](b))
	serve := func() int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		return w.Code
	}
	if got := serve(); got != 503 {
		t.Errorf("%d, want 503", got)
	}
	wantTotal(t, b, circuit.Counts{Successes: 1})
	if err := b.SetMode(circuit.ForceOpen); err != nil {
		t.Fatal(err)
	}
	if got := serve(); got != 500 {
		t.Errorf("refused with %d, want 500", got)
	}
}
