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
)

// moment is a time from the start at which an offer is asked for, and whether the partner
// is down then.
type moment struct {
	at   time.Duration
	down bool
}

// plan has the partner down for 2 s. The third failure comes at 1.5 s, so that the circuit
// is open until 16.5 s.
var plan = []moment{
	{0, false}, {500 * ms, true}, {1000 * ms, true}, {1500 * ms, true}, {2000 * ms, true},
	{2500 * ms, false}, {16000 * ms, false}, {17000 * ms, false}, {17500 * ms, false}, {18000 * ms, false},
}

const ms = time.Millisecond

// report is what the service answered, and what its listeners heard.
type report struct {
	steps []step
	heard []string
}

// step is one offer, and what the circuit and the partner say afterwards.
type step struct {
	at      time.Duration
	offer   string // hot or cold
	circuit string // the JSON
	asked   int    // calls that have reached the partner
}

// link is how a server is reached: by TCP, or in memory.
type link struct {
	net.Listener
	dial func(ctx context.Context, network, address string) (net.Conn, error)
}

func (l link) url() string { return "http://" + l.Addr().String() }

// serve has h answer on l until stop is called.
func (l link) serve(h http.Handler) (stop func()) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(l) }() // ends at Close, and a call tells of any other end
	return func() { _ = server.Close() }
}

// run is a client of the service, by plan.
func run(ctx context.Context, out io.Writer, toPartner, toService link, plan []moment) (r report, err error) {
	start := time.Now()
	hear := func(format string, args ...any) {
		line := fmt.Sprintf(format, args...)
		r.heard = append(r.heard, line)
		fmt.Fprintf(out, "%6d ms    %s\n", time.Since(start).Milliseconds(), line)
	}
	p := &partner{}
	defer toPartner.serve(p.handler())()
	outward := &http.Transport{DialContext: toPartner.dial}
	defer outward.CloseIdleConnections()
	b, err := inMemory()
	if err != nil {
		return r, err
	}
	s, err := newService(toPartner.url(), outward, b, listeners{
		before:  func() { hear("the partner is asked") },
		failed:  func(err error) { hear("failed: %v", err) },
		changed: func(e circuit.Event) { hear("%v → %v: %s", e.From, e.To, e.Reason) },
	})
	if err != nil {
		return r, err
	}
	defer toService.serve(s.handler())()
	inward := &http.Transport{DialContext: toService.dial}
	defer inward.CloseIdleConnections()
	client := &http.Client{Transport: inward, Timeout: 5 * time.Second}

	for _, m := range plan {
		select {
		case <-time.After(time.Until(start.Add(m.at))):
		case <-ctx.Done():
			return r, ctx.Err()
		}
		p.down.Store(m.down)
		this := step{at: m.at}
		if this.offer, err = get(ctx, client, toService.url()+"/offer"); err != nil {
			return r, err
		}
		if this.circuit, err = get(ctx, client, toService.url()+"/offer/circuit"); err != nil {
			return r, err
		}
		this.asked = int(p.asked.Load())
		r.steps = append(r.steps, this)
		fmt.Fprintf(out, "%6d ms  GET /offer %s\n           GET /offer/circuit %s\n", time.Since(start).Milliseconds(), this.offer, this.circuit)
	}
	return r, nil
}

// get is the body of an answer with status 200.
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
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s", url, resp.Status)
	}
	return strings.TrimSpace(string(body)), err
}
