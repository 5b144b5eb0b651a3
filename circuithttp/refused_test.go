package circuithttp_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

func TestRule1RefusedCallsAreNotMarkedAndNotSent(t *testing.T) {
	var arrived atomic.Int32
	srv := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		arrived.Add(1)
		w.WriteHeader(http.StatusInternalServerError)
	})
	b := newBreaker(t, fragile)
	c := newClient(srv, by(b))
	if status, _, _ := fetch(t, c, srv.URL); status != 500 {
		t.Fatalf("status is %d", status)
	}
	for range 5 {
		if _, err := c.Get(srv.URL); !errors.Is(err, circuit.ErrNotAllowed) {
			t.Errorf("err is %v", err)
		}
	}
	wantTotal(t, b, circuit.Counts{Failures: 1, Refused: 5})
	if arrived.Load() != 1 {
		t.Errorf("%d calls arrived, want 1", arrived.Load())
	}
}

func TestRule1RefusedRequestsAreNotMarkedAndNotHandled(t *testing.T) {
	handled := 0
	b := newBreaker(t, fragile)
	h := circuithttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		handled++
		w.WriteHeader(http.StatusInternalServerError)
	}), by(b))
	for range 6 {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	}
	wantTotal(t, b, circuit.Counts{Failures: 1, Refused: 5})
	if handled != 1 {
		t.Errorf("%d requests were handled, want 1", handled)
	}
}

func TestRule14RefusalOnTheClientIsATypedError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, hystrix.Config{ConsecutiveFailures: 1, SleepWindow: 3 * time.Second, SleepJitter: -1})
		open(t, b)
		c := &http.Client{Transport: circuithttp.NewTransport(answering(200), by(b))}
		time.Sleep(time.Second)
		_, err := c.Get("http://example.com/path")
		if !errors.Is(err, circuit.ErrNotAllowed) {
			t.Errorf("err is %v", err)
		}
		if after, ok := circuit.RetryAfter(err); after != 2*time.Second || !ok {
			t.Errorf("retry after %v, %v", after, ok)
		}
		if wrapped, ok := errors.AsType[*url.Error](err); !ok || wrapped.Timeout() {
			t.Errorf("err is %#v", err)
		}
		if want := `Get "http://example.com/path": hystrix: call not allowed`; err.Error() != want {
			t.Errorf("err reads %q, want %q", err, want)
		}
	})
}

func TestRule14RefusalOnTheServerIs503WithRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t, hystrix.Config{ConsecutiveFailures: 1, SleepWindow: 3 * time.Second, SleepJitter: -1})
		open(t, b)
		h := circuithttp.Handler(http.NotFoundHandler(), by(b))
		for _, step := range []struct {
			pass time.Duration
			want string
		}{{0, "3"}, {time.Second, "2"}, {time.Millisecond, "2"}, {998 * time.Millisecond, "2"}, {time.Millisecond, "1"}, {999 * time.Millisecond, "1"}} {
			time.Sleep(step.pass)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
			if w.Code != 503 || w.Header().Get("Retry-After") != step.want || w.Body.String() != "call not allowed by circuit breaker\n" {
				t.Errorf("got %d, Retry-After %q, %q, want 503, %q", w.Code, w.Header().Get("Retry-After"), w.Body, step.want)
			}
		}
	})
}

func TestRule14RetryAfterIsLeftOutWhereUnknown(t *testing.T) {
	b := newBreaker(t, calm)
	if err := b.SetMode(circuit.ForceOpen); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(circuithttp.Handler(http.NotFoundHandler(), by(b)))
	t.Cleanup(srv.Close)
	status, text, header := fetch(t, srv.Client(), srv.URL)
	if _, there := header["Retry-After"]; status != 503 || there || text == "" || header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("got %d %v %q", status, header, text)
	}
}

// A breaker of another house refuses by an error of its own.
func TestRule14RefusalByAForeignBreakerMatches(t *testing.T) {
	rt := circuithttp.NewTransport(answering(200), by(foreign{}))
	_, err := rt.RoundTrip(newRequest(t.Context(), t, "GET", "http://example.com", nil))
	if !errors.Is(err, circuit.ErrNotAllowed) || !errors.Is(err, errForeign) {
		t.Errorf("err is %v", err)
	}
}

var errForeign = errors.New("tripped")

type foreign struct{}

func (foreign) Allow() error { return errForeign }
func (foreign) MarkSuccess() { panic("a refused call was marked") }
func (foreign) MarkFailed()  { panic("a refused call was marked") }

func TestRefusalClosesTheRequestBodyUnread(t *testing.T) {
	b := newBreaker(t, fragile)
	open(t, b)
	body := &trackedBody{Reader: strings.NewReader("x")}
	rt := circuithttp.NewTransport(answering(200), by(b))
	if _, err := rt.RoundTrip(newRequest(t.Context(), t, "POST", "http://example.com", body)); !errors.Is(err, circuit.ErrNotAllowed) {
		t.Errorf("err is %v", err)
	}
	if body.closes != 1 || body.reads != 0 {
		t.Errorf("body closed %d times and read %d times, want 1 and 0", body.closes, body.reads)
	}
}

// The client of a refusing server must not be asked for the body it holds back.
func TestRefusedExpectContinueIsNotAskedToContinue(t *testing.T) {
	b := newBreaker(t, fragile)
	open(t, b)
	srv := httptest.NewServer(circuithttp.Handler(http.HandlerFunc(drainUpload), by(b)))
	t.Cleanup(srv.Close)
	body := &trackedBody{Reader: strings.NewReader("x")}
	req := newRequest(t.Context(), t, "POST", srv.URL, body)
	req.ContentLength = 1
	req.Header.Set("Expect", "100-continue")
	base := &http.Transport{ExpectContinueTimeout: patience}
	t.Cleanup(base.CloseIdleConnections)
	resp, err := base.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable || body.reads != 0 {
		t.Errorf("status %d, body read %d times", resp.StatusCode, body.reads)
	}
}

func TestRefusingAllocatesNothing(t *testing.T) {
	b := newBreaker(t, fragile)
	open(t, b)
	rt := circuithttp.NewTransport(answering(200), by(b), circuithttp.WithKey(func(*http.Request) string { return "key" }))
	req := newRequest(t.Context(), t, "GET", "http://example.com", nil)
	got := testing.AllocsPerRun(100, func() {
		if _, err := rt.RoundTrip(req); err == nil {
			t.Error("not refused")
		}
	})
	if got != 0 {
		t.Errorf("%v allocations", got)
	}
}
