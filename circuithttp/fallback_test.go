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

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// cached answers for everything, and notes why it was asked.
func cached(asked *[]error) circuithttp.Option {
	return circuithttp.WithFallback(func(_ *http.Request, err error) (*http.Response, error) {
		*asked = append(*asked, err)
		return &http.Response{StatusCode: http.StatusNonAuthoritativeInfo, Header: http.Header{"X-From": {"cache"}}, Body: io.NopCloser(strings.NewReader("cached"))}, nil
	})
}

func TestFallbackAnswersForFailedAndRefusedCalls(t *testing.T) {
	srv := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	var asked []error
	b := newBreaker(t, fragile)
	c := newClient(srv, by(b), cached(&asked))
	for range 2 {
		if status, text, header := fetch(t, c, srv.URL); status != 203 || text != "cached" || header.Get("X-From") != "cache" {
			t.Errorf("got %d %q %v", status, text, header)
		}
	}
	if len(asked) != 2 || !errors.Is(asked[0], circuithttp.StatusError(503)) || !errors.Is(asked[1], circuit.ErrNotAllowed) {
		t.Errorf("asked because of %v", asked)
	}
	wantTotal(t, b, circuit.Counts{Failures: 1, Refused: 1}) // the fallback is not judged
}

func TestFallbackAnswersForACallWithoutAResponse(t *testing.T) {
	var asked []error
	rt := circuithttp.NewTransport(roundTrip(func(*http.Request) (*http.Response, error) { return nil, errDisk }), cached(&asked))
	if resp, err := rt.RoundTrip(newRequest(t.Context(), t, "GET", "http://example.com", nil)); err != nil || resp.StatusCode != http.StatusNonAuthoritativeInfo {
		t.Errorf("got %v, %v", resp, err)
	}
	if len(asked) != 1 || !errors.Is(asked[0], errDisk) {
		t.Errorf("asked because of %v", asked)
	}
}

func TestFallbackIsNotAskedForSuccessesAndIgnoredCalls(t *testing.T) {
	var asked []error
	for _, status := range []int{200, 404, 499} {
		rt := circuithttp.NewTransport(answering(status), cached(&asked))
		if resp, err := rt.RoundTrip(newRequest(t.Context(), t, "GET", "http://example.com", nil)); err != nil || resp.StatusCode != status {
			t.Errorf("got %v, %v", resp, err)
		}
	}
	if asked != nil {
		t.Errorf("asked because of %v", asked)
	}
}

func TestFallbackClosesTheResponseThatItReplaces(t *testing.T) {
	for _, c := range []struct {
		name   string
		length int64
		reads  bool
	}{{"short", 6, true}, {"unknown", -1, true}, {"long", 1 << 20, false}} {
		var asked []error
		body := &trackedBody{Reader: strings.NewReader("failed")}
		rt := circuithttp.NewTransport(roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusInternalServerError, Body: body, ContentLength: c.length}, nil
		}), cached(&asked))
		if _, err := rt.RoundTrip(newRequest(t.Context(), t, "GET", "http://example.com", nil)); err != nil {
			t.Error(err)
		}
		if body.closes != 1 || (body.reads > 0) != c.reads {
			t.Errorf("%s: body closed %d times and read %d times", c.name, body.closes, body.reads)
		}
	}
}

// The rest of the failing response was waited for, until the caller's deadline or
// for ever, while the answer of the fallback was there.
func TestFallbackIsNotHeldUpByAResponseThatStalls(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		for _, encoding := range []string{"", "gzip"} {
			gone := make(chan struct{})
			srv := newHTTP2(t, http2, func(w http.ResponseWriter, r *http.Request) {
				defer close(gone)
				if encoding != "" {
					w.Header().Set("Content-Encoding", encoding)
				}
				w.WriteHeader(http.StatusServiceUnavailable)
				fmt.Fprint(w, "\x1f\x8b") // gzip's first bytes
				w.(http.Flusher).Flush()
				<-r.Context().Done()
			})
			var asked []error
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			resp, err := newClient(srv, cached(&asked)).Do(newRequest(ctx, t, "GET", srv.URL, nil))
			if err != nil {
				t.Fatalf("http2 %v, encoding %q: %v", http2, encoding, err)
			}
			resp.Body.Close()
			wait(t, "the end of the response that stalls", gone)
			if ctx.Err() != nil {
				t.Errorf("http2 %v, encoding %q: the fallback's answer came at the deadline", http2, encoding)
			}
			cancel()
		}
	}
}

func TestFallbackThatDeclinesLeavesTheCallAsItWas(t *testing.T) {
	b := newBreaker(t, fragile)
	body := &trackedBody{Reader: strings.NewReader("failed")}
	rt := circuithttp.NewTransport(roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusInternalServerError, Body: body}, nil
	}), by(b), circuithttp.WithFallback(func(*http.Request, error) (*http.Response, error) { return nil, nil }))
	req := newRequest(t.Context(), t, "GET", "http://example.com", nil)
	if resp, err := rt.RoundTrip(req); err != nil || resp.StatusCode != http.StatusInternalServerError || resp.Body != io.ReadCloser(body) || body.closes != 0 {
		t.Errorf("got %v, %v, body closed %d times", resp, err, body.closes)
	}
	if resp, err := rt.RoundTrip(req); resp != nil || !errors.Is(err, circuit.ErrNotAllowed) {
		t.Errorf("got %v, %v", resp, err)
	}
}

func TestFallbackThatFails(t *testing.T) {
	body := &trackedBody{Reader: strings.NewReader("failed")}
	rt := circuithttp.NewTransport(roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusInternalServerError, Body: body}, nil
	}), circuithttp.WithFallback(func(*http.Request, error) (*http.Response, error) { return nil, errDisk }))
	if resp, err := rt.RoundTrip(newRequest(t.Context(), t, "GET", "http://example.com", nil)); resp != nil || !errors.Is(err, errDisk) || body.closes != 1 {
		t.Errorf("got %v, %v, body closed %d times", resp, err, body.closes)
	}
}

func TestFallbackNeedNotFillInTheResponse(t *testing.T) {
	fallback := circuithttp.WithFallback(func(*http.Request, error) (*http.Response, error) { return &http.Response{}, nil })
	b := newBreaker(t, fragile)
	open(t, b)
	req := newRequest(t.Context(), t, "GET", "http://example.com", nil)
	resp, err := circuithttp.NewTransport(nil, by(b), fallback).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || resp.Status != "200 OK" || resp.Body == nil || resp.Header == nil || resp.Request != req {
		t.Errorf("response is %+v", resp)
	}
	w := httptest.NewRecorder()
	circuithttp.Handler(nil, by(b), fallback).ServeHTTP(w, req)
	if w.Code != 200 || w.Body.Len() != 0 {
		t.Errorf("server answers %d %q", w.Code, w.Body)
	}
}

func TestFallbackOnTheServerAnswersForRefusedRequests(t *testing.T) {
	var asked []error
	b := newBreaker(t, fragile)
	srv := httptest.NewServer(circuithttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "own words", http.StatusInternalServerError)
	}), by(b), cached(&asked)))
	t.Cleanup(srv.Close)
	if status, text, _ := fetch(t, srv.Client(), srv.URL); status != 500 || text != "own words\n" {
		t.Errorf("a failed request is answered by %d %q", status, text)
	}
	waitTotal(t, b, circuit.Counts{Failures: 1})
	if status, text, header := fetch(t, srv.Client(), srv.URL); status != 203 || text != "cached" || header.Get("X-From") != "cache" {
		t.Errorf("a refused request is answered by %d %q %v", status, text, header)
	}
	if len(asked) != 1 || !errors.Is(asked[0], circuit.ErrNotAllowed) {
		t.Errorf("asked because of %v", asked)
	}
	wantTotal(t, b, circuit.Counts{Failures: 1, Refused: 1})
}

func TestFallbackOnTheServerThatDeclinesOrFailsLeavesThe503(t *testing.T) {
	for _, err := range []error{nil, errDisk} {
		b := newBreaker(t, fragile)
		open(t, b)
		w := httptest.NewRecorder()
		circuithttp.Handler(nil, by(b), circuithttp.WithFallback(func(*http.Request, error) (*http.Response, error) {
			return nil, err
		})).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		if w.Code != 503 || w.Header().Get("Retry-After") != "3600" {
			t.Errorf("after %v: %d %v", err, w.Code, w.Header())
		}
	}
}

// The caller must not take half a response for the whole.
func TestFallbackOnTheServerWhoseBodyBreaksCutsTheResponse(t *testing.T) {
	b := newBreaker(t, fragile)
	open(t, b)
	srv := newHTTP2(t, false, circuithttp.Handler(nil, by(b), circuithttp.WithFallback(func(*http.Request, error) (*http.Response, error) {
		return &http.Response{Body: io.NopCloser(io.MultiReader(strings.NewReader("half"), brokenReader{}))}, nil
	})).ServeHTTP)
	if err := readAll(srv.Client(), newRequest(t.Context(), t, "GET", srv.URL, nil)); err == nil {
		t.Error("the response looks whole")
	}
}
