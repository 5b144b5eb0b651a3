package circuithttp

import (
	"io"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// refuse answers a request that the breaker did not allow.
func (h *handler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if h.fallback != nil {
		resp, fallbackErr := h.fallback(r, err)
		if resp != nil && fallbackErr == nil {
			complete(resp, r)
			send(w, resp)
			return
		}
	}
	if after, ok := circuit.RetryAfter(err); ok {
		w.Header().Set("Retry-After", strconv.FormatInt(wholeSeconds(after), 10))
	}
	http.Error(w, "call not allowed by circuit breaker", http.StatusServiceUnavailable)
}

// wholeSeconds rounds up, since a client that comes back early is refused again.
func wholeSeconds(d time.Duration) int64 {
	return int64((max(d, 0) + time.Second - 1) / time.Second)
}

// send writes resp out. When its body breaks off, the caller must not take what
// it got for the whole.
func send(w http.ResponseWriter, resp *http.Response) {
	defer resp.Body.Close()
	maps.Copy(w.Header(), resp.Header)
	w.WriteHeader(resp.StatusCode)
	if _, err := io.Copy(w, resp.Body); err != nil {
		panic(http.ErrAbortHandler)
	}
}
