package circuithttp

import (
	"bufio"
	"io"
	"net"
	"net/http"
)

// record wraps w in the type that has its methods; one allocation holds all.
// These are the sets of net/http's own writers. What a writer of another set has
// besides is there for [http.ResponseController].
func record(w http.ResponseWriter) (*recorder, http.ResponseWriter) {
	flusher, _ := w.(http.Flusher)
	hijacker, _ := w.(http.Hijacker)
	pusher, _ := w.(http.Pusher)
	switch {
	case flusher == nil:
		rec := &recorder{ResponseWriter: w}
		return rec, rec
	case hijacker != nil:
		rec := &http1Writer{flushingWriter{recorder{ResponseWriter: w}}, hijacker}
		return &rec.recorder, rec
	case pusher != nil:
		rec := &http2Writer{flushingWriter{recorder{ResponseWriter: w}}, pusher}
		return &rec.recorder, rec
	default:
		rec := &flushingWriter{recorder{ResponseWriter: w}}
		return &rec.recorder, rec
	}
}

// recorder is a ResponseWriter that remembers the status.
type recorder struct {
	http.ResponseWriter
	status     int    // the final one, 0 until it is written
	retryAfter string // the header beside it
	hijacked   bool
}

// Unwrap is what [http.ResponseController] looks for.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// WriteHeader remembers the first status that is not merely informational.
func (r *recorder) WriteHeader(status int) {
	informational := status >= 100 && status <= 199 && status != http.StatusSwitchingProtocols
	if !informational && r.status == 0 {
		r.status, r.retryAfter = status, r.Header().Get("Retry-After")
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	r.began()
	return r.ResponseWriter.Write(p)
}

// WriteString is [io.StringWriter]'s.
func (r *recorder) WriteString(s string) (int, error) {
	r.began()
	return io.WriteString(r.ResponseWriter, s)
}

// FlushError is what [http.ResponseController] looks for.
func (r *recorder) FlushError() error {
	err := http.NewResponseController(r.ResponseWriter).Flush()
	if err == nil {
		r.began()
	}
	return err
}

// began is the implicit 200.
func (r *recorder) began() {
	if r.status == 0 {
		r.status = http.StatusOK
	}
}

type flushingWriter struct{ recorder }

func (w *flushingWriter) Flush() { _ = w.FlushError() }

// CloseNotify is for frameworks that still ask for it. A writer without it
// never notifies.
func (w *flushingWriter) CloseNotify() <-chan bool {
	if n, ok := w.ResponseWriter.(http.CloseNotifier); ok { //nolint:staticcheck // see above
		return n.CloseNotify()
	}
	return nil
}

// http1Writer has the methods of net/http's writer for HTTP/1.
type http1Writer struct {
	flushingWriter
	hijacker http.Hijacker
}

func (w *http1Writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := w.hijacker.Hijack()
	w.hijacked = w.hijacked || err == nil
	return conn, rw, err
}

// ReadFrom lets files go to the connection without a copy. Like the writer below,
// it writes no header for an empty source.
func (w *http1Writer) ReadFrom(src io.Reader) (int64, error) {
	n, err := io.Copy(w.ResponseWriter, src)
	if n > 0 {
		w.began()
	}
	return n, err
}

// http2Writer has the methods of net/http's writer for HTTP/2.
type http2Writer struct {
	flushingWriter
	pusher http.Pusher
}

func (w *http2Writer) Push(target string, opts *http.PushOptions) error {
	return w.pusher.Push(target, opts)
}
