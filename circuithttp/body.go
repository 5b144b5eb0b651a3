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

// endsLater reports whether a response is only over when b is. One that can be
// written to has switched protocols: what follows is not HTTP's to judge, and
// has to keep its type.
func endsLater(b io.ReadCloser) bool {
	if b == nil || b == http.NoBody {
		return false
	}
	_, switched := b.(io.Writer)
	return !switched
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !b.settled.Swap(true) {
		if err == io.EOF {
			b.permit.Success()
		} else {
			b.permit.Done(b.judge(err))
		}
	}
	return n, err
}

// Close settles before it closes, since closing makes a Read elsewhere fail.
func (b *body) Close() error {
	if !b.settled.Swap(true) {
		if circuit.GaveUp(b.req.Context()) || cancelled(b.req) {
			b.permit.Ignore()
		} else {
			b.permit.Success()
		}
	}
	return b.ReadCloser.Close()
}
