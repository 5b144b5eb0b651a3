package main

import (
	"io"
	"net/http"
	"strings"
)

// mode is what a backend does with a call.
type mode int

const (
	healthy   mode = iota
	failing        // answers 503
	hanging        // answers when the caller has left
	panicking      // the call panics, as one through a faulty middleware would
)

// backend is a function in place of a network and a server, for one client that
// makes one call after the other.
type backend struct {
	mode    mode
	reached int // calls that the breaker let through
}

// RoundTrip is [http.RoundTripper]'s.
func (b *backend) RoundTrip(r *http.Request) (*http.Response, error) {
	b.reached++
	status := http.StatusOK
	switch b.mode {
	case failing:
		status = http.StatusServiceUnavailable
	case hanging:
		<-r.Context().Done()
		return nil, r.Context().Err()
	case panicking:
		panic("backend: switched on")
	}
	return &http.Response{
		StatusCode: status,
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(strings.NewReader("{}")),
		Request:    r,
	}, nil
}
