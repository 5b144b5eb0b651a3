package circuithttp

import (
	"io"
	"net/http"
	"sync/atomic"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// body is that of a response whose status is a success. The first of its ends
// to come settles the permit: io.EOF, another error, or Close.
type body struct {
	io.ReadCloser
	call
	permit  circuit.Permit
	settled atomic.Bool
}

// endsLater reports whether a response is only over when its body is. One that
// can be written to has switched protocols: what follows is not HTTP's to judge,
// and has to keep its type.
func endsLater(resp *http.Response, method string) bool {
	switch {
	case resp.Body == nil, resp.Body == http.NoBody:
		return false
	// HTTP/2 has another body in place of NoBody.
	case method == http.MethodHead, resp.StatusCode == http.StatusNoContent, resp.StatusCode == http.StatusNotModified,
		resp.ProtoMajor >= 2 && resp.ContentLength == 0:
		return false
	}
	_, switched := resp.Body.(io.Writer)
	return !switched
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !b.settled.Swap(true) {
		b.end(err)
	}
	return n, err
}

func (b *body) end(err error) {
	if err == io.EOF { //nolint:errorlint // readers return it bare
		b.permit.Success()
		return
	}
	result := circuit.Result{Outcome: circuit.Failure} // until the classifier returns
	defer func() { b.permit.End(result) }()
	result = b.judge(err)
}

// Close settles before it closes, since closing makes a Read elsewhere fail.
func (b *body) Close() error {
	if !b.settled.Swap(true) {
		if circuit.GaveUp(b.req.Context()) || cancelled(b.req) {
			b.permit.End(interrupted)
		} else {
			b.permit.Success()
		}
	}
	return b.ReadCloser.Close()
}
