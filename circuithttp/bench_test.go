package circuithttp_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// emptyBody is at its end at once.
type emptyBody struct{}

func (emptyBody) Read([]byte) (int, error) { return 0, io.EOF }
func (emptyBody) Close() error             { return nil }

// emptyBase answers every call with the same response but for its body, which it
// allocates nothing for.
func emptyBase(status int, body io.ReadCloser) http.RoundTripper {
	resp := &http.Response{StatusCode: status}
	return roundTrip(func(*http.Request) (*http.Response, error) {
		resp.Body = body
		return resp, nil
	})
}

func BenchmarkTransport(b *testing.B) {
	ready := func(*http.Request) string { return "key" }
	for _, c := range []struct {
		name string
		rt   http.RoundTripper
	}{
		{"bare", emptyBase(200, http.NoBody)},
		{"unguarded", circuithttp.NewTransport(emptyBase(200, http.NoBody), by(circuit.Disabled{}))},
		{"noBody", circuithttp.NewTransport(emptyBase(200, http.NoBody))},
		{"noBody/ownKey", circuithttp.NewTransport(emptyBase(200, http.NoBody), circuithttp.WithKey(ready))},
		{"body", circuithttp.NewTransport(emptyBase(200, emptyBody{}))},
		{"failing", circuithttp.NewTransport(emptyBase(503, http.NoBody), by(newBreaker(b, calm)))},
		{"refused", circuithttp.NewTransport(emptyBase(200, http.NoBody), by(refusing(b)))},
	} {
		b.Run(c.name, func(b *testing.B) {
			req := newRequest(b.Context(), b, "GET", "http://api.example.com/users/7", nil)
			b.ReportAllocs()
			for b.Loop() {
				resp, err := c.rt.RoundTrip(req)
				if err != nil {
					continue
				}
				_, _ = resp.Body.Read(nil)
				resp.Body.Close()
			}
		})
	}
	b.Run("upload", func(b *testing.B) {
		rt := circuithttp.NewTransport(emptyBase(200, http.NoBody))
		req := newRequest(b.Context(), b, "POST", "http://api.example.com/users/7", io.MultiReader(strings.NewReader("x")))
		b.ReportAllocs()
		for b.Loop() {
			_, _ = rt.RoundTrip(req)
		}
	})
}

func BenchmarkHandler(b *testing.B) {
	empty := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	mux := http.NewServeMux()
	mux.Handle("GET /users/{id}", empty)
	inside := http.NewServeMux()
	inside.Handle("GET /users/{id}", circuithttp.Handler(empty))
	for _, c := range []struct {
		name string
		h    http.Handler
	}{
		{"bare", mux},
		{"unguarded", circuithttp.Handler(empty, by(circuit.Disabled{}))},
		{"empty", circuithttp.Handler(empty)},
		{"insideMux", inside},
		{"aroundMux", circuithttp.Handler(mux)},
		{"refused", circuithttp.Handler(empty, by(refusing(b)))},
	} {
		b.Run(c.name, func(b *testing.B) {
			req := newRequest(b.Context(), b, "GET", "http://api.example.com/users/7", nil)
			w := &nowhere{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				c.h.ServeHTTP(w, req)
			}
		})
	}
}

func refusing(b *testing.B) circuit.Breaker {
	b.Helper()
	breaker := newBreaker(b, fragile)
	open(b, breaker)
	return breaker
}

// nowhere is a writer that allocates nothing.
type nowhere struct{ header http.Header }

func (n *nowhere) Header() http.Header         { return n.header }
func (n *nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (n *nowhere) WriteHeader(int)             {}
func (n *nowhere) Flush()                      {}
