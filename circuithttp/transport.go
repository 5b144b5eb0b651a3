package circuithttp

import (
	"errors"
	"net/http"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/guard"
)

// NewTransport wraps base, [http.DefaultTransport] when it is nil, so that each
// call asks a breaker first. It is safe for concurrent use, and keeps
// http.Client.CloseIdleConnections working.
func NewTransport(base http.RoundTripper, opts ...Option) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	o := newOptions(opts)
	if o.key == nil {
		o.key = ClientKey
	}
	return &transport{o, base, guard.New(o.Config, DefaultClassifier)}
}

type transport struct {
	options
	base  http.RoundTripper
	guard *guard.Guard
}

// RoundTrip is [http.RoundTripper]'s.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	key := t.key(req)
	permit, err := t.guard.Acquire(key)
	if err != nil {
		return t.refuse(req, key, err)
	}
	resp, result, err := t.ask(req, permit)
	if result.Outcome.Failed() {
		return t.fallBack(req, resp, err)
	}
	return resp, err
}

// refuse ends a call that the breaker did not allow.
func (t *transport) refuse(req *http.Request, key string, err error) (*http.Response, error) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
	t.guard.Refused(req.Context(), key, err)
	return t.fallBack(req, nil, err)
}

// CloseIdleConnections does so for the base, where it can.
func (t *transport) CloseIdleConnections() {
	if base, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}

// ask makes the call, and settles its permit or leaves that to the body of the
// response.
func (t *transport) ask(req *http.Request, permit circuit.Permit) (resp *http.Response, result circuit.Result, err error) {
	result.Outcome = circuit.Failure // until base and the classifier return
	streaming := false
	defer func() {
		if !streaming {
			permit.End(result)
		}
	}()

	sent, up := watchUpload(req)
	resp, err = t.base.RoundTrip(sent)
	c := call{guard: t.guard, req: req, upload: up}
	switch {
	case err != nil:
		if result = c.judge(err); result.Outcome.Failed() && malformed(req) {
			result = mistaken
		}
		return nil, result, err
	case resp == nil:
		return nil, result, errNoResponse
	}
	if resp.Request == sent {
		resp.Request = req
	}
	result = c.judge(ResponseError(resp))
	if result.Outcome == circuit.Success && endsLater(resp, req.Method) {
		resp.Body = &body{ReadCloser: resp.Body, call: c, permit: permit}
		streaming = true
	}
	return resp, result, nil
}

var errNoResponse = errors.New("circuithttp: the base transport returned neither a response nor an error")

// call is what it takes to judge one.
type call struct {
	guard  *guard.Guard
	req    *http.Request
	upload *upload
}

// judge classifies the call, and sees to it that what the caller did to it is
// not held against the callee.
func (c *call) judge(err error) circuit.Result {
	ctx := c.req.Context()
	outcome := c.guard.Judge(ctx, err)
	switch {
	case outcome.Failed() && c.upload.broke():
		return mistaken
	case outcome.Failed() && cancelled(c.req):
		return interrupted
	}
	return circuit.ResultOf(ctx, err, outcome)
}

// What the caller does to a call.
var (
	mistaken    = circuit.Result{Outcome: circuit.Ignored, Kind: circuit.KindBadRequest}
	interrupted = circuit.Result{Outcome: circuit.Ignored, Kind: circuit.KindInterrupt}
)

// cancelled reports whether the caller closed req.Cancel. When the deadline of
// the call is over, http.Client did so, for its Timeout.
func cancelled(req *http.Request) bool {
	select {
	case <-req.Cancel: //nolint:staticcheck // callers still use it
		deadline, ok := req.Context().Deadline()
		return !ok || time.Now().Before(deadline)
	default:
		return false
	}
}
