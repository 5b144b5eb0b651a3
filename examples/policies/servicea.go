package main

import (
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"

	"github.com/failsafe-go/failsafe-go/failsafehttp"
	"github.com/failsafe-go/failsafe-go/timeout"
	"github.com/go-chi/chi/v5"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// serviceA answers GET /timeout/slow, and so on, by what B answers to GET /slow through
// those policies. Each path has a breaker of its own.
func serviceA(transport http.RoundTripper, b string, trials []*trial) http.Handler {
	r := chi.NewRouter()
	for _, t := range trials {
		client := &http.Client{Transport: failsafehttp.NewRoundTripper(transport, policies(t.policy, t.breaker)...)}
		r.Get("/"+t.policy+"/"+t.fault, forward(client, b+"/"+t.fault))
	}
	return r
}

func forward(client *http.Client, url string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, url, nil)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		resp, err := client.Do(req)
		if err != nil {
			fail(w, err)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body) // what breaks off here, does so for the client as well
	}
}

// fail answers where B didn't.
func fail(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, circuit.ErrNotAllowed):
		if after, ok := circuit.RetryAfter(err); ok {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(after.Seconds()))))
		}
		http.Error(w, "refused by A", http.StatusServiceUnavailable)
	case errors.Is(err, timeout.ErrExceeded):
		http.Error(w, "B took too long", http.StatusGatewayTimeout)
	default:
		http.Error(w, err.Error(), http.StatusBadGateway)
	}
}
