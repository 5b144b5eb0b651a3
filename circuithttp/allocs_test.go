//go:build !race

// The race detector allocates, so this test is not for it.

package circuithttp_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// A client's call costs its key, where that is the default one, and what sees to the
// end of the response's body, where there is one. A server's costs the writer that
// remembers the status.
func TestAllocations(t *testing.T) {
	ready := circuithttp.WithKey(func(*http.Request) string { return "key" })
	open, err := hystrix.New(hystrix.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := open.SetMode(circuit.ForceOpen); err != nil {
		t.Fatal(err)
	}
	req := newRequest(t.Context(), t, "GET", "http://api.example.com/users/7", nil)
	for name, c := range map[string]struct {
		rt   http.RoundTripper
		want float64
	}{
		"admitted":              {circuithttp.NewTransport(emptyBase(200, http.NoBody), ready), 0},
		"admitted, default key": {circuithttp.NewTransport(emptyBase(200, http.NoBody)), 1},
		"admitted, with a body": {circuithttp.NewTransport(emptyBase(200, emptyBody{}), ready), 1},
		"admitted, failing":     {circuithttp.NewTransport(emptyBase(500, http.NoBody), ready, by(newBreaker(t, calm))), 0},
		"refused":               {circuithttp.NewTransport(emptyBase(200, http.NoBody), ready, by(open)), 0},
		"refused, observed": {circuithttp.NewTransport(emptyBase(200, http.NoBody), ready, by(open),
			circuithttp.WithRefusalObserver(func(context.Context, string, error) {})), 0},
		"refused, by the default key": {circuithttp.NewTransport(emptyBase(200, http.NoBody), by(open)), 1},
	} {
		if got := testing.AllocsPerRun(1000, func() {
			if resp, err := c.rt.RoundTrip(req); err == nil {
				resp.Body.Close()
			}
		}); got != c.want {
			t.Errorf("client, %s: %v allocations, want %v", name, got, c.want)
		}
	}

	serves := circuithttp.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	w := &nowhere{header: http.Header{}}
	if got := testing.AllocsPerRun(1000, func() { serves.ServeHTTP(w, req) }); got != 1 {
		t.Errorf("server: %v allocations, want 1", got)
	}
}
