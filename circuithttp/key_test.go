package circuithttp_test

import (
	"errors"
	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

func TestDefaultKeyIsMethodAndHost(t *testing.T) {
	for _, c := range []struct{ method, url, want string }{
		{"GET", "http://Example.COM/a?b", "GET example.com"},
		{"", "http://example.com/other", "GET example.com"},
		{"GET", "http://example.com:80/", "GET example.com"},
		{"GET", "https://example.com:443/", "GET example.com"},
		{"GET", "http://example.com:443/", "GET example.com:443"},
		{"POST", "http://example.com:8080/", "POST example.com:8080"},
		{"GET", "http://[::1]:80/", "GET [::1]"},
		{"BREW", "http://example.com/", "(other) example.com"},
	} {
		g := group.New(func(string) circuit.Breaker { return circuit.Disabled{} })
		rt := circuithttp.NewTransport(answering(200), circuithttp.WithGroup(g))
		req := newRequest(t.Context(), t, c.method, c.url, nil)
		req.Method = c.method
		if _, err := rt.RoundTrip(req); err != nil {
			t.Fatal(err)
		}
		for key := range g.All() {
			if key != c.want {
				t.Errorf("%s %s: key is %q, want %q", c.method, c.url, key, c.want)
			}
		}
		if g.Len() != 1 {
			t.Errorf("%s %s: %d keys, want 1", c.method, c.url, g.Len())
		}
	}
}

func TestKeysAreIsolated(t *testing.T) {
	good := newServer(t, func(http.ResponseWriter, *http.Request) {})
	bad := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	c := &http.Client{Transport: circuithttp.NewTransport(nil, circuithttp.WithBreaker(func(string) circuit.Breaker {
		return newBreaker(t, fragile)
	}))}
	t.Cleanup(c.CloseIdleConnections)
	if status, _, _ := fetch(t, c, bad.URL); status != 500 {
		t.Fatalf("status is %d", status)
	}
	if _, err := c.Get(bad.URL); !errors.Is(err, circuit.ErrNotAllowed) {
		t.Errorf("second call to the bad one: %v", err)
	}
	if status, _, _ := fetch(t, c, good.URL); status != 200 {
		t.Errorf("the good one answers %d", status)
	}
	resp, err := c.Head(bad.URL)
	if err != nil {
		t.Fatalf("another method: %v", err)
	}
	resp.Body.Close()
}

func TestDefaultKeyIsThePattern(t *testing.T) {
	g := group.New(func(string) circuit.Breaker { return circuit.Disabled{} })
	guard := circuithttp.Middleware(circuithttp.WithGroup(g))
	ok := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	around, inside := http.NewServeMux(), http.NewServeMux()
	around.Handle("GET /users/{id}", ok)
	around.Handle("/files/", ok)
	inside.Handle("POST /orders/{id}", guard(ok))
	nested := http.NewServeMux()
	nested.Handle("/api/", guard(http.StripPrefix("/api", around)))
	for _, c := range []struct {
		name         string
		h            http.Handler
		method, path string
		want         string
	}{
		{"handler in a mux", inside, "POST", "/orders/7", "POST /orders/{id}"},
		{"around a mux", guard(around), "GET", "/users/7", "GET /users/{id}"},
		{"around a mux, any method", guard(around), "PUT", "/files/a/b", "/files/"},
		{"around a mux, not found", guard(around), "GET", "/nowhere/7", "GET"},
		{"around a mux, method not allowed", guard(around), "POST", "/users/7", "POST"},
		{"hidden mux in a mux", nested, "GET", "/api/users/7", "/api/"},
		{"no mux", guard(ok), "GET", "/users/7", "GET"},
		{"no mux, made-up method", guard(ok), "X7", "/users/7", "(other)"},
	} {
		for key := range g.All() {
			g.Remove(key)
		}
		c.h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(c.method, c.path, nil))
		if got := slices.Collect(maps.Keys(maps.Collect(g.All()))); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s: keys are %q, want %q", c.name, got, c.want)
		}
	}
}

func TestWithKeyOnTheServer(t *testing.T) {
	h := circuithttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Tenant") == "bad" {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}), circuithttp.WithKey(func(r *http.Request) string { return r.Header.Get("Tenant") }),
		circuithttp.WithBreaker(func(string) circuit.Breaker { return newBreaker(t, fragile) }))
	for _, c := range []struct {
		tenant string
		want   int
	}{{"good", 200}, {"bad", 500}, {"bad", 503}, {"good", 200}} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Tenant", c.tenant)
		if h.ServeHTTP(w, r); w.Code != c.want {
			t.Errorf("%s: %d, want %d", c.tenant, w.Code, c.want)
		}
	}
}
