package circuithttp_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// newHTTP2 is a TLS server that speaks HTTP/2 if asked to.
func newHTTP2(tb testing.TB, http2 bool, h http.HandlerFunc) *httptest.Server {
	tb.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.EnableHTTP2 = http2
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	tb.Cleanup(srv.Close)
	return srv
}

func drainUpload(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errDisk }

func TestUploadThatTheCallerBreaksIsIgnored(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		srv := newHTTP2(t, http2, drainUpload)
		for _, length := range []int64{-1, 100} {
			b := newBreaker(t, calm)
			req := newRequest(t.Context(), t, "POST", srv.URL, io.MultiReader(strings.NewReader("some"), brokenReader{}))
			req.ContentLength = length
			if _, err := newClient(srv, by(b)).Do(req); !errors.Is(err, errDisk) {
				t.Errorf("http2 %v, length %d: err is %v", http2, length, err)
			}
			wantTotal(t, b, circuit.Counts{Ignored: 1})
		}
	}
}

// The callee often notices a cut upload, and says so with a 5xx.
func TestFailingStatusAfterABrokenUploadIsIgnored(t *testing.T) {
	b := newBreaker(t, calm)
	rt := circuithttp.NewTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
		_, err := io.ReadAll(r.Body)
		if !errors.Is(err, errDisk) {
			t.Errorf("base reads %v", err)
		}
		return answering(500)(r)
	}), by(b))
	if _, err := rt.RoundTrip(newRequest(t.Context(), t, "POST", "http://example.com", brokenReader{})); err != nil {
		t.Error(err)
	}
	wantTotal(t, b, circuit.Counts{Ignored: 1})
}

func TestFailingStatusAfterAWholeUploadIsAFailure(t *testing.T) {
	b := newBreaker(t, calm)
	rt := circuithttp.NewTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
		if text, err := io.ReadAll(r.Body); string(text) != "whole" || err != nil {
			t.Errorf("base reads %q, %v", text, err)
		}
		return answering(500)(r)
	}), by(b))
	if _, err := rt.RoundTrip(newRequest(t.Context(), t, "POST", "http://example.com", &trackedBody{Reader: strings.NewReader("whole")})); err != nil {
		t.Error(err)
	}
	wantTotal(t, b, circuit.Counts{Failures: 1})
}

// A transport closes the body of a call whose connection broke; that reads fail
// from then on is not the caller's doing.
func TestUploadThatTheConnectionBreaksIsAFailure(t *testing.T) {
	b := newBreaker(t, calm)
	rt := circuithttp.NewTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
		r.Body.Close()
		if _, err := r.Body.Read(make([]byte, 1)); err == nil {
			t.Error("the closed body could be read")
		}
		return nil, io.ErrUnexpectedEOF
	}), by(b))
	pr, _ := io.Pipe()
	if _, err := rt.RoundTrip(newRequest(t.Context(), t, "POST", "http://example.com", pr)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("err is %v", err)
	}
	wantTotal(t, b, circuit.Counts{Failures: 1})
}

func TestServerThatCutsAnUploadIsAFailure(t *testing.T) {
	srv := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadFull(r.Body, make([]byte, 4))
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.(*net.TCPConn).SetLinger(0) // a reset
		conn.Close()
	})
	b := newBreaker(t, calm)
	pr, pw := io.Pipe()
	go func() {
		for err := error(nil); err == nil; {
			_, err = pw.Write(make([]byte, 1<<10))
		}
	}()
	if _, err := newClient(srv, by(b)).Post(srv.URL, "text/plain", pr); err == nil {
		t.Error("no error")
	}
	wantTotal(t, b, circuit.Counts{Failures: 1})
}

func TestCallersRequestIsNotChanged(t *testing.T) {
	b := newBreaker(t, calm)
	var sent *http.Request
	rt := circuithttp.NewTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
		sent = r
		first, _ := io.ReadAll(r.Body)
		again, err := r.GetBody()
		if err != nil {
			t.Fatal(err)
		}
		second, _ := io.ReadAll(again)
		if string(first) != "file" || string(second) != "file" || r.ContentLength != 4 {
			t.Errorf("base reads %q and %q, length %d", first, second, r.ContentLength)
		}
		return answering(200)(r)
	}), by(b))

	body := &trackedBody{Reader: strings.NewReader("file")}
	req := newRequest(t.Context(), t, "PUT", "http://example.com", body)
	req.ContentLength = 4
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("file")), nil }
	resp, err := rt.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if req.Body != io.ReadCloser(body) {
		t.Error("the caller's request has another body now")
	}
	if resp.Request != req {
		t.Error("the response names another request")
	}
	sent.Body.Close()
	if body.closes != 1 {
		t.Errorf("body closed %d times, want 1", body.closes)
	}
}

func TestReplayedUploadThatBreaksIsIgnored(t *testing.T) {
	for name, get := range map[string]func() (io.ReadCloser, error){
		"get":  func() (io.ReadCloser, error) { return nil, errDisk },
		"read": func() (io.ReadCloser, error) { return io.NopCloser(brokenReader{}), nil },
	} {
		b := newBreaker(t, calm)
		rt := circuithttp.NewTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
			again, err := r.GetBody()
			if err == nil {
				_, err = io.ReadAll(again)
			}
			return nil, err
		}), by(b))
		req := newRequest(t.Context(), t, "PUT", "http://example.com", &trackedBody{Reader: strings.NewReader("file")})
		req.GetBody = get
		if _, err := rt.RoundTrip(req); !errors.Is(err, errDisk) {
			t.Errorf("%s: err is %v", name, err)
		}
		wantTotal(t, b, circuit.Counts{Ignored: 1})
	}
}

// Package net/http does so if it can see that a body is in memory, which a
// wrapper around the body would hide.
func TestUploadInMemoryIsOneWriteWithItsHeader(t *testing.T) {
	srv := newServer(t, drainUpload)
	var writes atomic.Int32
	base := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		return countingConn{conn, &writes}, err
	}}
	t.Cleanup(base.CloseIdleConnections)
	c := &http.Client{Transport: circuithttp.NewTransport(base)}
	for _, body := range []io.Reader{strings.NewReader("x"), bytes.NewReader([]byte("x")), bytes.NewBufferString("x"), http.NoBody, nil} {
		writes.Store(0)
		if err := readAll(c, newRequest(t.Context(), t, "POST", srv.URL, body)); err != nil {
			t.Fatal(err)
		}
		if writes.Load() != 1 {
			t.Errorf("a %T took %d writes, want 1", body, writes.Load())
		}
	}
}

type countingConn struct {
	net.Conn
	writes *atomic.Int32
}

func (c countingConn) Write(p []byte) (int, error) { c.writes.Add(1); return c.Conn.Write(p) }

func TestFileUpload(t *testing.T) {
	path := t.TempDir() + "/upload"
	if err := os.WriteFile(path, bytes.Repeat([]byte("fusebox "), 1<<15), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	srv := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		if n, err := io.Copy(io.Discard, r.Body); n != 1<<18 || err != nil {
			t.Errorf("%d bytes arrived, %v", n, err)
		}
	})
	b := newBreaker(t, calm)
	if err := readAll(newClient(srv, by(b)), newRequest(t.Context(), t, "POST", srv.URL, file)); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the file was not closed: %v", err)
	}
	wantTotal(t, b, circuit.Counts{Successes: 1})
}

func TestExpectContinue(t *testing.T) {
	srv := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/no" {
			w.WriteHeader(http.StatusExpectationFailed)
			return
		}
		_, _ = io.Copy(w, r.Body)
	})
	for path, want := range map[string]int{"/yes": 1, "/no": 0} {
		b := newBreaker(t, calm)
		body := &trackedBody{Reader: strings.NewReader("x")}
		req := newRequest(t.Context(), t, "POST", srv.URL+path, body)
		req.ContentLength = 1
		req.Header.Set("Expect", "100-continue")
		c := newClient(srv, by(b))
		base := &http.Transport{ExpectContinueTimeout: patience}
		t.Cleanup(base.CloseIdleConnections)
		c.Transport = circuithttp.NewTransport(base, by(b))
		if err := readAll(c, req); err != nil {
			t.Error(err)
		}
		if got := min(body.reads, 1); got != want {
			t.Errorf("%s: body was read %d times, want it read: %v", path, body.reads, want == 1)
		}
		wantTotal(t, b, circuit.Counts{Successes: 1})
	}
}
