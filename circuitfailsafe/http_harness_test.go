package circuitfailsafe_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/failsafehttp"

	"github.com/go-fusebox/fusebox/core/circuit"
)

type response = *http.Response

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// counted is a server that counts its requests.
type counted struct {
	*httptest.Server
	requests atomic.Int64
}

func newServer(tb testing.TB, h http.HandlerFunc) *counted {
	tb.Helper()
	c := &counted{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.requests.Add(1)
		h(w, r)
	}))
	tb.Cleanup(c.Close)
	return c
}

// client is one of the server through policies.
func (c *counted) client(policies ...failsafe.Policy[response]) *http.Client {
	client := *c.Client()
	client.Transport = failsafehttp.NewRoundTripper(client.Transport, policies...)
	return &client
}

// get reads url to the end.
func get(ctx context.Context, tb testing.TB, client *http.Client, url string) (status int, text string, err error) {
	tb.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		tb.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

// settled waits until permit n is, and tells how.
func (l *ledger) settled(t *testing.T, n uint64) circuit.Result {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		l.mu.Lock()
		results := l.results[n]
		l.mu.Unlock()
		switch len(results) {
		case 0:
			continue
		case 1:
			return results[0]
		}
		t.Fatalf("permit %d was settled %d times: %+v", n, len(results), results)
	}
	t.Fatalf("permit %d was not settled", n)
	return circuit.Result{}
}

// wantHedged waits for two attempts, of which one was served, and the other given up.
func (l *ledger) wantHedged(t *testing.T) {
	t.Helper()
	loser, winner := l.settled(t, 1), l.settled(t, 2)
	if loser.Outcome == circuit.Success {
		loser, winner = winner, loser
	}
	loser.Duration, winner.Duration = 0, 0
	if loser != interruptedIn(0) || winner != succeededIn(0) {
		t.Errorf("loser %+v, winner %+v; want one ignored, one success", loser, winner)
	}
}
