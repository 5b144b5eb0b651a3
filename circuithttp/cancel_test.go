package circuithttp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// stalling answers with a header and the start of a body if asked for /body, and

// then with nothing until the client is gone.

func stalling(started chan<- struct{}) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			fmt.Fprint(w, "start")
			w.(http.Flusher).Flush()
		}
		started <- struct{}{}
		<-r.Context().Done()
	}
}

// readAll makes a call and reads it to the end.

func readAll(c *http.Client, req *http.Request) error {
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.ReadAll(resp.Body)
	return err
}

func TestRule4CallersCancelIsIgnored(t *testing.T) {
	for _, path := range []string{"/header", "/body"} {
		t.Run(path, func(t *testing.T) {
			started := make(chan struct{}, 1)
			srv := newServer(t, stalling(started))
			b := newBreaker(t, calm)
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-started; cancel() }()
			err := readAll(newClient(srv, by(b)), newRequest(ctx, t, "GET", srv.URL+path, nil))
			if !errors.Is(err, context.Canceled) {
				t.Errorf("err is %v", err)
			}
			wantTotal(t, b, circuit.Counts{Ignored: 1})
		})
	}
}

func TestRule4DeadlineIsAFailure(t *testing.T) {
	for _, path := range []string{"/header", "/body"} {
		t.Run("context"+path, func(t *testing.T) {
			started := make(chan struct{}, 1)
			srv := newServer(t, stalling(started))
			b := newBreaker(t, calm)
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			err := readAll(newClient(srv, by(b)), newRequest(ctx, t, "GET", srv.URL+path, nil))
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("err is %v", err)
			}
			wantTotal(t, b, circuit.Counts{Failures: 1})
		})
		// http.Client closes req.Cancel as well, which must not look like the caller's doing.
		t.Run("client"+path, func(t *testing.T) {
			started := make(chan struct{}, 20)
			srv := newServer(t, stalling(started))
			b := newBreaker(t, calm)
			c := newClient(srv, by(b))
			c.Timeout = 20 * time.Millisecond
			for range 20 {
				err := readAll(c, newRequest(t.Context(), t, "GET", srv.URL+path, nil))
				if timeout, ok := errors.AsType[interface {
					error
					Timeout() bool
				}](err); !ok || !timeout.Timeout() {
					t.Errorf("err is %v", err)
				}
			}
			wantTotal(t, b, circuit.Counts{Failures: 20})
		})
	}
}

func TestRule4DeadlineOfTheTransportIsAFailure(t *testing.T) {
	srv := newServer(t, stalling(make(chan struct{}, 1)))
	b := newBreaker(t, calm)
	base := &http.Transport{ResponseHeaderTimeout: 20 * time.Millisecond}
	t.Cleanup(base.CloseIdleConnections)
	c := &http.Client{Transport: circuithttp.NewTransport(base, by(b))}
	if err := readAll(c, newRequest(t.Context(), t, "GET", srv.URL, nil)); err == nil {
		t.Error("no error")
	}
	wantTotal(t, b, circuit.Counts{Failures: 1})
}

// A cancel by a deadline of the caller's own, told as the cause, is a deadline.

func TestRule4CancelBecauseOfADeadlineIsAFailure(t *testing.T) {
	started := make(chan struct{}, 1)
	srv := newServer(t, stalling(started))
	b := newBreaker(t, calm)
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() { <-started; cancel(context.DeadlineExceeded) }()
	if err := readAll(newClient(srv, by(b)), newRequest(ctx, t, "GET", srv.URL, nil)); err == nil {
		t.Error("no error")
	}
	wantTotal(t, b, circuit.Counts{Failures: 1})
}

func TestRule4RequestCancelIsIgnored(t *testing.T) {
	for _, path := range []string{"/header", "/body"} {
		for _, timeout := range []time.Duration{0, time.Hour} {
			t.Run(path+" "+timeout.String(), func(t *testing.T) {
				started := make(chan struct{}, 1)
				srv := newServer(t, stalling(started))
				b := newBreaker(t, calm)
				c := newClient(srv, by(b))
				c.Timeout = timeout
				req := newRequest(t.Context(), t, "GET", srv.URL+path, nil)
				cancel := make(chan struct{})
				req.Cancel = cancel //nolint:staticcheck // callers still use it
				go func() { <-started; close(cancel) }()
				if err := readAll(c, req); err == nil {
					t.Error("no error")
				}
				wantTotal(t, b, circuit.Counts{Ignored: 1})
			})
		}
	}
}

func TestRule15StreamThatTheCallerDropsIsIgnored(t *testing.T) {
	started := make(chan struct{}, 1)
	srv := newServer(t, stalling(started))
	b := newBreaker(t, calm)
	ctx, cancel := context.WithCancel(t.Context())
	resp, err := newClient(srv, by(b)).Do(newRequest(ctx, t, "GET", srv.URL+"/body", nil))
	if err != nil {
		t.Fatal(err)
	}
	wantTotal(t, b, circuit.Counts{})
	cancel()
	resp.Body.Close()
	wantTotal(t, b, circuit.Counts{Ignored: 1})
}

func TestRule15StreamThatIsDroppedByRequestCancelIsIgnored(t *testing.T) {
	started := make(chan struct{}, 1)
	srv := newServer(t, stalling(started))
	b := newBreaker(t, calm)
	req := newRequest(t.Context(), t, "GET", srv.URL+"/body", nil)
	cancel := make(chan struct{})
	req.Cancel = cancel //nolint:staticcheck // callers still use it
	resp, err := newClient(srv, by(b)).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	close(cancel)
	resp.Body.Close()
	wantTotal(t, b, circuit.Counts{Ignored: 1})
}

// A second breaker further down refused: the callee of this one was not asked.

func TestRefusalFurtherDownIsIgnored(t *testing.T) {
	inner, outer := newBreaker(t, fragile), newBreaker(t, calm)
	open(t, inner)
	rt := circuithttp.NewTransport(circuithttp.NewTransport(answering(200), by(inner)), by(outer))
	_, err := rt.RoundTrip(newRequest(t.Context(), t, "POST", "http://example.com", strings.NewReader("x")))
	if !errors.Is(err, circuit.ErrNotAllowed) {
		t.Errorf("err is %v", err)
	}
	wantTotal(t, outer, circuit.Counts{Ignored: 1})
}
