package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

const (
	each  = 100 * time.Millisecond // from one order to the next
	fails = 1 * time.Second        // the primary, from the start
	heals = 5 * time.Second
	after = 1 * time.Second // the circuit has closed again, the end
)

// report is what became of the orders.
type report struct {
	events                   []event
	primary, standby, checks int // calls that reached them
	seen                     map[string]int
}

// event is a change of state, at a time from the start.
type event struct {
	at       time.Duration
	from, to circuit.State
	reason   string
}

// notes are what is printed, and the events: of the orders, and of the health checks at
// the same time.
type notes struct {
	mu     sync.Mutex
	out    io.Writer
	start  time.Time
	events []event
}

func (n *notes) print(s string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	fmt.Fprint(n.out, s)
}

func (n *notes) changed(e circuit.Event) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.events = append(n.events, event{e.At.Sub(n.start), e.From, e.To, e.Reason})
	fmt.Fprintf(n.out, "\n%6d ms  %v → %v: %s\n           ", e.At.Sub(n.start).Milliseconds(), e.From, e.To, e.Reason)
}

// closed is when the circuit did so, if it has.
func (n *notes) closed() (at time.Duration, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.events) == 0 || n.events[len(n.events)-1].to != circuit.Closed {
		return 0, false
	}
	return n.events[len(n.events)-1].at, true
}

// The URLs of the sites, as a client has them.
const (
	primaryURL = "http://primary"
	standbyURL = "http://standby"
)

// sites are both, and the way to them.
type sites struct {
	primary, standby *site
	transport        *http.Transport
	stop             func()
}

func open(toPrimary, toStandby link) *sites {
	s := &sites{primary: &site{name: "primary"}, standby: &site{name: "standby"}}
	stops := []func(){toPrimary.serve(s.primary.handler()), toStandby.serve(s.standby.handler())}
	s.transport = &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		to := toStandby
		if host, _, _ := net.SplitHostPort(address); host == "primary" {
			to = toPrimary
		}
		return to.dial(ctx, network, to.Addr().String())
	}}
	s.stop = func() {
		s.transport.CloseIdleConnections()
		for _, stop := range stops {
			stop()
		}
	}
	return s
}

// run orders while the primary fails and heals.
func run(ctx context.Context, out io.Writer, toPrimary, toStandby link) (r report, err error) {
	n := &notes{out: out, start: time.Now()}
	ctx, cancel := context.WithCancel(ctx) // for the health checks
	defer cancel()
	s := open(toPrimary, toStandby)
	defer s.stop()
	c, err := newClient(ctx, s.transport, usual)
	if err != nil {
		return r, err
	}
	c.breaker.Observe(n.changed)
	n.print("P: by the primary, s: by the standby\n           ")
	ticker := time.NewTicker(each)
	defer ticker.Stop()
	for {
		age := time.Since(n.start)
		if at, ok := n.closed(); ok && age >= at+after {
			break
		}
		s.primary.down.Store(age >= fails && age < heals)
		site, err := c.order(ctx, "tea")
		if err != nil {
			return r, err
		}
		n.print(map[string]string{"primary": "P", "standby": "s"}[site])
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return r, ctx.Err()
		}
	}
	n.print("\n")
	orders, checks := s.primary.came()
	r.events, r.primary, r.checks = n.events, len(orders), len(checks)
	orders, _ = s.standby.came()
	r.standby, r.seen = len(orders), c.seen.all()
	return r, nil
}
