package gozero

import (
	"net/http"
	"strings"

	"github.com/go-fusebox/fusebox/circuithttp"
)

// NewTransport guards the calls of go-zero's httpc, around base, which is
// [http.DefaultTransport] when it is nil. It takes the place of httpc's own
// breaker, which is switched off by name:
//
//	breaker.NoBreakerFor("users")
//	users := httpc.NewServiceWithClient("users", &http.Client{Transport: gozero.NewTransport(nil)})
//
// httpc has one breaker for each name; a transport isn't told the name, and has
// one for each host. [WithRequestKey] changes that. A refused call returns a
// [*Refusal] and sends nothing; others are judged as [circuithttp.NewTransport]
// says, with 429 a failure too: an Overload.
func NewTransport(base http.RoundTripper, opts ...Option) http.RoundTripper {
	return &transport{circuithttp.NewTransport(base, gather(opts).http(hostKey)...)}
}

type transport struct{ inner http.RoundTripper }

// RoundTrip is [http.RoundTripper]'s.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.inner.RoundTrip(r)
	return resp, refused(err)
}

// CloseIdleConnections does so for the base, where it can.
func (t *transport) CloseIdleConnections() {
	if inner, ok := t.inner.(interface{ CloseIdleConnections() }); ok {
		inner.CloseIdleConnections()
	}
}

func hostKey(r *http.Request) string {
	if r.URL == nil {
		return ""
	}
	return strings.ToLower(r.URL.Host)
}
