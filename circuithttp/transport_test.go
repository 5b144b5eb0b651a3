package circuithttp_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
)

func TestRule5StatusesAreJudgedByTheOneTable(t *testing.T) {
	srv := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		var status int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d", &status); err != nil {
			t.Error(err)
		}
		w.Header().Set("Location", "/200")
		w.WriteHeader(status)
		if status != 204 && status != 304 {
			fmt.Fprint(w, "the body")
		}
	})
	for status, want := range map[int]circuit.Outcome{
		200: circuit.Success, 201: circuit.Success, 204: circuit.Success,
		301: circuit.Success, 304: circuit.Success,
		400: circuit.Success, 401: circuit.Success, 404: circuit.Success, 409: circuit.Success,
		429: circuit.Overload, 499: circuit.Ignored,
		500: circuit.Failure, 501: circuit.Success, 502: circuit.Failure, 503: circuit.Failure, 504: circuit.Failure,
		599: circuit.Failure, 600: circuit.Success, 799: circuit.Success,
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			b := newBreaker(t, calm)
			c := newClient(srv, by(b))
			c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			got, text, _ := fetch(t, c, srv.URL+fmt.Sprintf("/%d", status))
			wantText := "the body"
			if status == 204 || status == 304 {
				wantText = ""
			}
			if got != status || text != wantText {
				t.Errorf("response is %d %q, want it untouched", got, text)
			}
			wantTotal(t, b, countOf(want))
		})
	}
}

// countOf is one call that ended with o.

func countOf(o circuit.Outcome) (c circuit.Counts) {
	switch o {
	case circuit.Success:
		c.Successes = 1
	case circuit.Overload:
		c.Failures, c.Overloads = 1, 1
	case circuit.Failure:
		c.Failures = 1
	default:
		c.Ignored = 1
	}
	return c
}

func TestRule15ResponseIsJudgedAtItsEndNotItsOpening(t *testing.T) {
	more := make(chan struct{})
	srv := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "first")
		w.(http.Flusher).Flush()
		<-more
		fmt.Fprint(w, "last")
	})
	b := newBreaker(t, calm)
	resp, err := newClient(srv, by(b)).Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	first := make([]byte, 5)
	if _, err := io.ReadFull(resp.Body, first); err != nil {
		t.Fatal(err)
	}
	wantTotal(t, b, circuit.Counts{})
	close(more)
	rest, err := io.ReadAll(resp.Body)
	if err != nil || string(rest) != "last" {
		t.Fatalf("rest is %q, %v", rest, err)
	}
	wantTotal(t, b, circuit.Counts{Successes: 1})
	resp.Body.Close()
	wantTotal(t, b, circuit.Counts{Successes: 1})
}

func TestFailingStatusIsJudgedAtOnce(t *testing.T) {
	srv := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	b := newBreaker(t, calm)
	resp, err := newClient(srv, by(b)).Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	wantTotal(t, b, circuit.Counts{Failures: 1})
	resp.Body.Close()
	wantTotal(t, b, circuit.Counts{Failures: 1})
}

func TestEarlyCloseGoesByStatus(t *testing.T) {
	srv := newServer(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "never read") })
	b := newBreaker(t, calm)
	resp, err := newClient(srv, by(b)).Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	wantTotal(t, b, circuit.Counts{})
	for range 3 {
		resp.Body.Close()
	}
	wantTotal(t, b, circuit.Counts{Successes: 1})
}

func TestBodyThatBreaksOffIsAFailureOnce(t *testing.T) {
	srv := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
		conn.Close()
	})
	b := newBreaker(t, calm)
	resp, err := newClient(srv, by(b)).Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if string(text) != "half" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("body is %q, %v", text, err)
	}
	for range 2 {
		_, _ = resp.Body.Read(make([]byte, 1))
		resp.Body.Close()
	}
	wantTotal(t, b, circuit.Counts{Failures: 1})
}

func TestResponsesWithoutABodyAreJudgedAtOnce(t *testing.T) {
	srv := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/204":
			w.WriteHeader(http.StatusNoContent)
		case "/empty":
		case "/head":
			w.Header().Set("Content-Length", "1000")
		}
	})
	for _, call := range []string{"GET /204", "GET /empty", "HEAD /head"} {
		t.Run(call, func(t *testing.T) {
			method, path, _ := strings.Cut(call, " ")
			b := newBreaker(t, calm)
			resp, err := newClient(srv, by(b)).Do(newRequest(t.Context(), t, method, srv.URL+path, nil))
			if err != nil {
				t.Fatal(err)
			}
			wantTotal(t, b, circuit.Counts{Successes: 1})
			resp.Body.Close()
			wantTotal(t, b, circuit.Counts{Successes: 1})
		})
	}
}

func TestConnectionRefusedIsAFailure(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	b := newBreaker(t, calm)
	c := &http.Client{Transport: circuithttp.NewTransport(&http.Transport{}, by(b))}
	if _, err := c.Get("http://" + l.Addr().String()); err == nil {
		t.Fatal("no error")
	}
	wantTotal(t, b, circuit.Counts{Failures: 1})
}

func TestBaseThatReturnsNothingIsAFailureAndAnError(t *testing.T) {
	b := newBreaker(t, calm)
	rt := circuithttp.NewTransport(roundTrip(func(*http.Request) (*http.Response, error) { return nil, nil }), by(b))
	if resp, err := rt.RoundTrip(newRequest(t.Context(), t, "GET", "http://example.com", nil)); resp != nil || err == nil {
		t.Errorf("got %v, %v", resp, err)
	}
	wantTotal(t, b, circuit.Counts{Failures: 1})
}

func TestResponseWithANilBodyIsJudgedAtOnce(t *testing.T) {
	b := newBreaker(t, calm)
	rt := circuithttp.NewTransport(roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK}, nil
	}), by(b))
	if resp, err := rt.RoundTrip(newRequest(t.Context(), t, "GET", "http://example.com", nil)); err != nil || resp.Body != nil {
		t.Errorf("got %v, %v", resp, err)
	}
	wantTotal(t, b, circuit.Counts{Successes: 1})
}

func TestNilOptionsChangeNothing(t *testing.T) {
	srv := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	c := newClient(srv, nil, circuithttp.WithGroup(nil), circuithttp.WithBreaker(nil), circuithttp.WithKey(nil),
		circuithttp.WithClassifier(nil), circuithttp.WithFallback(nil), circuithttp.WithObserver(nil))
	for range 8 { // which is credit's Depth, so none is refused
		if status, _, _ := fetch(t, c, srv.URL); status != 500 {
			t.Fatalf("status is %d", status)
		}
	}
	refused := 0
	for range 200 {
		resp, err := c.Get(srv.URL)
		switch {
		case errors.Is(err, circuit.ErrNotAllowed):
			refused++
		case err != nil:
			t.Fatal(err)
		default:
			resp.Body.Close()
		}
	}
	// The others are probes, about √n among n calls: 12 to 20 here, in 100,000 runs.
	if refused < 176 || refused > 192 {
		t.Errorf("credit by default refused %d of 200 calls to a callee that always fails, want about 185", refused)
	}
}
