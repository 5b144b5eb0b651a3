package circuithttp

import (
	"context"
	"net/http"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/guard"
)

// Handler wraps next so that each request asks a breaker first. It stands around
// a whole [http.ServeMux], or around single handlers in one, and then has breakers
// of its own for each; see [Middleware].
//
// The http.ResponseWriter that next gets is a Flusher, Hijacker, io.ReaderFrom
// and Pusher where HTTP/1 and HTTP/2 have it so, and [http.ResponseController]
// works with it. [http.MaxBytesReader] closes the connection of a body that is too
// large through net/http's own writer alone: put [http.MaxBytesHandler] around this
// handler, not inside.
func Handler(next http.Handler, opts ...Option) http.Handler {
	return Middleware(opts...)(next)
}

// Middleware wraps any number of handlers as [Handler] does, with one group of
// breakers for them all.
func Middleware(opts ...Option) func(next http.Handler) http.Handler {
	o := newOptions(opts)
	g := guard.New(o.Config, DefaultClassifier)
	return func(next http.Handler) http.Handler {
		mux, _ := next.(*http.ServeMux)
		return &handler{options: o, guard: g, next: next, mux: mux}
	}
}

type handler struct {
	options
	guard *guard.Guard
	next  http.Handler
	mux   *http.ServeMux // next, where it is one
}

// ServeHTTP is [http.Handler]'s.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	key := h.keyOf(r)
	permit, err := h.guard.Acquire(key)
	if err != nil {
		h.guard.Refused(ctx, key, err)
		h.refuse(w, r, err)
		return
	}
	result := circuit.Result{Outcome: circuit.Failure} // until next and the classifier return
	defer func() {
		if !circuit.GaveUp(ctx) {
			permit.End(result)
			return
		}
		panicked := recover()                 // nil after a return or a Goexit
		if panicked == http.ErrAbortHandler { //nolint:errorlint // a panic value, compared as net/http does
			result = interrupted
		}
		permit.End(result)
		if panicked != nil {
			panic(panicked)
		}
	}()
	rec, wrapped := record(w)
	h.next.ServeHTTP(wrapped, r)
	err = errorOf(ctx, rec)
	result = circuit.ResultOf(ctx, err, h.guard.Judge(ctx, err))
}

func (h *handler) keyOf(r *http.Request) string {
	if h.key != nil {
		return h.key(r)
	}
	return serverKey(h.mux, r)
}

// errorOf is what the classifier gets when a handler has returned. The end of a
// connection that it hijacked ends the context too, and means nothing. An answer
// after the deadline is none, however good.
func errorOf(ctx context.Context, rec *recorder) error {
	switch {
	case rec.hijacked:
		return nil
	case ctx.Err() != nil && !circuit.GaveUp(ctx) && circuit.OutcomeOfHTTP(rec.status, false) == circuit.Success:
		return context.DeadlineExceeded
	case rec.status >= http.StatusBadRequest:
		return statusError(rec.status, rec.retryAfter)
	default:
		return ctx.Err()
	}
}
