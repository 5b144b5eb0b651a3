package circuithttp_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// calm never opens in these tests, so that totals can be told.
var calm = hystrix.Config{RequestVolumeThreshold: 1e6}

// fragile opens at the first failure and stays so.
var fragile = hystrix.Config{ConsecutiveFailures: 1, SleepWindow: time.Hour, SleepJitter: -1}

func newBreaker(tb testing.TB, c hystrix.Config) *hystrix.Breaker {
	tb.Helper()
	b, err := hystrix.New(c)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// by puts all keys under b.
func by(b circuit.Breaker) circuithttp.Option {
	return circuithttp.WithBreaker(func(string) circuit.Breaker { return b })
}

func wantTotal(t *testing.T, b circuit.Reporter, want circuit.Counts) {
	t.Helper()
	if got := b.Snapshot().Total; got != want {
		t.Errorf("total is %+v, want %+v", got, want)
	}
}

// waitTotal is wantTotal for what another goroutine is about to count.
func waitTotal(t *testing.T, b circuit.Reporter, want circuit.Counts) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if b.Snapshot().Total == want {
			return
		}
	}
	wantTotal(t, b, want)
}

func wait(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatal("gave up waiting for " + what)
	}
}

func newServer(tb testing.TB, h http.HandlerFunc) *httptest.Server {
	tb.Helper()
	srv := httptest.NewServer(h)
	tb.Cleanup(srv.Close)
	return srv
}

func dial(tb testing.TB, srv *httptest.Server) net.Conn {
	tb.Helper()
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		tb.Fatal(err)
	}
	return conn
}

// newClient is a client of srv through a guarded transport.
func newClient(srv *httptest.Server, opts ...circuithttp.Option) *http.Client {
	c := *srv.Client()
	c.Transport = circuithttp.NewTransport(c.Transport, opts...)
	return &c
}

func newRequest(ctx context.Context, tb testing.TB, method, url string, body io.Reader) *http.Request {
	tb.Helper()
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		tb.Fatal(err)
	}
	return req
}

// fetch gets url and reads it to the end.
func fetch(tb testing.TB, c *http.Client, url string) (status int, text string, header http.Header) {
	tb.Helper()
	resp, err := c.Get(url)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return resp.StatusCode, string(b), resp.Header
}

// roundTrip is a RoundTripper for where a failure must be steered.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answering has status and no body.
func answering(status int) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Body: http.NoBody, Request: r}, nil
	}
}

// open makes a fragile breaker open.
func open(tb testing.TB, b *hystrix.Breaker) {
	tb.Helper()
	permit, err := b.Acquire()
	if err != nil {
		tb.Fatal(err)
	}
	permit.Failure()
	if s := b.Snapshot().State; s != circuit.Open {
		tb.Fatalf("state is %v, want open", s)
	}
}

// trackedBody is a request body that knows whether it was read or closed.
type trackedBody struct {
	io.Reader
	reads, closes int
}

func (b *trackedBody) Read(p []byte) (int, error) { b.reads++; return b.Reader.Read(p) }
func (b *trackedBody) Close() error               { b.closes++; return nil }

var errDisk = errors.New("the caller's disk broke")
