package circuithttp

import (
	"io"
	"net/http"
	"strconv"
	"time"
)

// fallBack ends a client's call that was refused or failed.
func (t *transport) fallBack(req *http.Request, resp *http.Response, err error) (*http.Response, error) {
	if t.fallback == nil {
		return resp, err
	}
	cause := err
	if resp != nil {
		cause = statusError(resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	instead, fallbackErr := t.fallback(req, cause)
	if instead == nil && fallbackErr == nil {
		return resp, err
	}
	if resp != nil && resp.Body != nil {
		discard(resp)
	}
	if fallbackErr != nil {
		return nil, fallbackErr
	}
	complete(instead, req)
	return instead, nil
}

// discard closes a response; a short one it reads first, as http.Client does,
// so that the connection can be used again. A failing server may stall in the
// middle, which must not hold up the answer that stands in: it is given 50 ms, and
// none for a compressed response, since that can't be closed while it is read.
func discard(resp *http.Response) {
	const (
		short = 2 << 10
		soon  = 50 * time.Millisecond
	)
	if resp.ContentLength <= short && !resp.Uncompressed {
		stalled := time.AfterFunc(soon, func() { _ = resp.Body.Close() })
		_, _ = io.CopyN(io.Discard, resp.Body, short)
		stalled.Stop()
	}
	_ = resp.Body.Close()
}

// complete fills in what a response made by hand may lack.
func complete(resp *http.Response, req *http.Request) {
	if resp.StatusCode == 0 {
		resp.StatusCode = http.StatusOK
	}
	if resp.Status == "" {
		resp.Status = strconv.Itoa(resp.StatusCode) + " " + http.StatusText(resp.StatusCode)
	}
	if resp.Header == nil {
		resp.Header = http.Header{}
	}
	if resp.Body == nil {
		resp.Body = http.NoBody
	}
	if resp.Request == nil {
		resp.Request = req
	}
}
