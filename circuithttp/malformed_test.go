package circuithttp_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// Requests that net/http refuses to send counted against their callee: a user who
// puts a line break where it reaches a header could cut everybody off from it.
func TestRequestsThatAreNotSentAreIgnored(t *testing.T) {
	b := newBreaker(t, calm)
	rt := circuithttp.NewTransport(nil, by(b))
	ignored := uint64(0)
	try := func(change func(*http.Request)) {
		t.Helper()
		req := newRequest(t.Context(), t, "GET", "http://127.0.0.1:1", nil)
		req.Body, req.ContentLength = http.NoBody, 0
		change(req)
		if _, err := rt.RoundTrip(req); err == nil || strings.Contains(err.Error(), "refused") {
			t.Errorf("%q, %q, %q: err is %v, want one before dialling", req.URL, req.Header, req.Trailer, err)
		}
		ignored++
		wantTotal(t, b, circuit.Counts{Ignored: ignored})
	}
	for _, value := range []string{"a\nb", "a\rb", "\x00", "\x7f"} {
		try(func(r *http.Request) { r.Header["X"] = []string{"good", value} })
		try(func(r *http.Request) { r.Trailer = http.Header{"X": {value}} })
	}
	for _, name := range []string{"", "a b", "a:", "ü", "a\n"} {
		try(func(r *http.Request) { r.Header[name] = []string{"good"} })
	}
	try(func(r *http.Request) { r.URL = nil })
}

func TestControlCharactersInAQueryAreIgnored(t *testing.T) {
	srv := newServer(t, drainUpload)
	b := newBreaker(t, calm)
	req := newRequest(t.Context(), t, "GET", srv.URL, nil)
	req.URL.RawQuery = "q=\n"
	if _, err := newClient(srv, by(b)).Do(req); err == nil {
		t.Error("no error")
	}
	wantTotal(t, b, circuit.Counts{Ignored: 1})
}

// What net/http does send keeps counting.
func TestOddRequestsThatCannotBeDeliveredAreFailures(t *testing.T) {
	b := newBreaker(t, calm)
	req := newRequest(t.Context(), t, "GET", "http://127.0.0.1:1/%0A?q=%0A", nil)
	for _, name := range []string{"X-1", "!#$%&'*+-.^_`|~", "lower"} {
		req.Header[name] = []string{"", "tab\tand ünicode \xff"}
	}
	if _, err := circuithttp.NewTransport(nil, by(b)).RoundTrip(req); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("err is %v, want connection refused", err)
	}
	wantTotal(t, b, circuit.Counts{Failures: 1})
}

// A file that is cut or grows during its upload makes net/http fail the call, which
// counted against the callee.
func TestUploadOfAnotherLengthThanDeclaredIsIgnored(t *testing.T) {
	for _, c := range []struct {
		http2    bool
		declared int64
	}{{false, 3}, {false, 10}, {true, 3}} {
		srv := newHTTP2(t, c.http2, func(w http.ResponseWriter, r *http.Request) {
			drainUpload(w, r)
			<-r.Context().Done() // an answer might come before the client sees that the body is too long
		})
		b := newBreaker(t, calm)
		req := newRequest(t.Context(), t, "POST", srv.URL, io.MultiReader(strings.NewReader("five!")))
		req.ContentLength = c.declared
		if err := readAll(newClient(srv, by(b)), req); err == nil {
			t.Errorf("http2 %v, declared %d: no error", c.http2, c.declared)
		}
		wantTotal(t, b, circuit.Counts{Ignored: 1})
	}
}
