package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// pause is the time from one answer of A to the next call.
const pause = 100 * time.Millisecond

// trial is a series of calls to A under a policy, with a fault of B.
type trial struct {
	policy, fault string
	calls         int
	breaker       *hystrix.Breaker // of this trial alone

	answers []string // of A
	took    []time.Duration
	reached int // calls that B got
	changes []circuit.Event
}

func newTrials() ([]*trial, error) {
	trials := []*trial{
		{policy: "timeout", fault: "slow", calls: 3},
		{policy: "timeout", fault: "busy", calls: 6},
		{policy: "retry", fault: "slow", calls: 1},
		{policy: "retry", fault: "busy", calls: 12},
		{policy: "breaker", fault: "slow", calls: 3},
		{policy: "breaker", fault: "busy", calls: 30},
		{policy: "fallback", fault: "slow", calls: 1},
		{policy: "fallback", fault: "busy", calls: 6},
		{policy: "all", fault: "slow", calls: 6},
		{policy: "all", fault: "busy", calls: 30},
	}
	for _, t := range trials {
		b, err := hystrix.New(settings)
		if err != nil {
			return nil, err
		}
		t.breaker = b
	}
	return trials, nil
}

// place is where a service listens, and how to reach it.
type place struct {
	net.Listener
	dial func(ctx context.Context, network, address string) (net.Conn, error)
}

func (p place) url() string { return "http://" + p.Addr().String() }

// serve answers there until stop.
func (p place) serve(h http.Handler) (transport *http.Transport, stop func()) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(p) }() // ends at Close, and a call tells of any other end
	transport = &http.Transport{DialContext: p.dial}
	return transport, func() {
		transport.CloseIdleConnections()
		_ = server.Close()
	}
}

// run makes the trials, one after the other.
func run(ctx context.Context, out io.Writer, a, b place, retryAfter func() string, trials []*trial) error {
	backend := &serviceB{retryAfter: retryAfter}
	toB, stop := b.serve(backend.handler())
	defer stop()
	toA, stop := a.serve(serviceA(toB, b.url(), trials))
	defer stop()
	for _, t := range trials {
		backend.reset()
		if err := t.run(ctx, out, &http.Client{Transport: toA}, a.url()); err != nil {
			return err
		}
		t.reached = backend.reached()
		fmt.Fprintf(out, "         B was called %d times\n\n", t.reached)
	}
	return nil
}

func (t *trial) run(ctx context.Context, out io.Writer, client *http.Client, a string) error {
	start := time.Now()
	say := func(format string, args ...any) {
		fmt.Fprintf(out, "%6d ms  "+format+"\n", append([]any{time.Since(start).Milliseconds()}, args...)...)
	}
	fmt.Fprintf(out, "policy %s, B is %s\n", t.policy, t.fault)
	stop := t.breaker.Observe(func(e circuit.Event) {
		say("%v → %v: %s", e.From, e.To, e.Reason)
		t.changes = append(t.changes, e)
	})
	defer stop()
	for n := range t.calls {
		if n > 0 {
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		sent := time.Now()
		answer, err := get(ctx, client, a+"/"+t.policy+"/"+t.fault)
		if err != nil {
			return err
		}
		t.answers, t.took = append(t.answers, answer), append(t.took, time.Since(sent))
		say("call %2d  %s", n+1, answer)
	}
	return nil
}

// get is what A answers: status and body.
func get(ctx context.Context, client *http.Client, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	answer := fmt.Sprintf("%d %s", resp.StatusCode, strings.TrimSpace(string(body)))
	if after := resp.Header.Get("Retry-After"); after != "" {
		answer += ", come back in " + after + " s"
	}
	return answer, nil
}
