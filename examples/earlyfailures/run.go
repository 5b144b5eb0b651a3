package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

const (
	calls   = 20
	pause   = 100 * time.Millisecond // from one call to the next
	failing = 200 * time.Millisecond // the server, from its start
)

// report is what became of the calls, by their numbers, and the states that the
// circuit went through.
type report struct {
	failed, refused, passed []int
	states                  []circuit.State
}

// dialer is net.Dialer's method, or that of a network in memory.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// run makes the calls, through dial, to a server on l that takes the given time
// for an answer.
func run(ctx context.Context, out io.Writer, l net.Listener, dial dialer, answer time.Duration) (report, error) {
	start := time.Now()
	server := &http.Server{Handler: pings(start, answer), ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(l) }() // ends at Close, and a call tells of any other end
	defer server.Close()

	transport := &http.Transport{DialContext: dial}
	defer transport.CloseIdleConnections()

	r := report{states: []circuit.State{circuit.Closed}}
	say := func(format string, args ...any) {
		fmt.Fprintf(out, "%6d ms  "+format+"\n", append([]any{time.Since(start).Milliseconds()}, args...)...)
	}
	number := 0
	c, err := newClient(transport, func(_ context.Context, err error) error {
		say("call %2d  fallback: %v", number, err)
		return err
	})
	if err != nil {
		return r, err
	}
	c.breaker.Observe(func(e circuit.Event) {
		say("%v → %v: %s", e.From, e.To, e.Reason)
		r.states = append(r.states, e.To)
	})

	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for number = 1; number <= calls; number++ {
		switch err := c.ping(ctx, "http://"+l.Addr().String()+"/ping"); {
		case err == nil:
			say("call %2d  200 OK", number)
			r.passed = append(r.passed, number)
		case errors.Is(err, hystrix.ErrShortCircuit):
			r.refused = append(r.refused, number)
		default:
			r.failed = append(r.failed, number)
		}
		if number == calls {
			break
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return r, ctx.Err()
		}
	}
	return r, nil
}

// pings answers 500 while the server is young.
func pings(start time.Time, answer time.Duration) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ping", func(w http.ResponseWriter, _ *http.Request) {
		fails := time.Since(start) < failing
		time.Sleep(answer)
		if fails {
			http.Error(w, "starting", http.StatusInternalServerError)
		}
	})
	return mux
}
