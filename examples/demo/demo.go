package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/examples/internal/backend"
)

// By these names in their requests the backends tell clients apart.
const (
	with    = "with-breaker"
	without = "without-breaker"
)

// lane is one server and the calls to it.
type lane struct {
	name    string
	server  *backend.Server
	group   *group.Group // the breakers
	hello   *stream
	goodbye *stream
	control *stream // of hello, without a breaker

	clients [2]*client

	// What reached hello while it failed, by the server's own count.
	before, after reached
}

type reached struct{ with, without int }

func (l *lane) reached() reached {
	return reached{l.server.Hello.CallsBy(with), l.server.Hello.CallsBy(without)}
}

// demo is the four lanes and the script.
type demo struct {
	config config
	lanes  []*lane
	script script
	page   *page // nil if there is none

	mu     sync.Mutex
	events []string // not shown yet
}

// newDemo starts the servers, sets up their clients and makes a call of each.
func newDemo(ctx context.Context, c config) (_ *demo, err error) {
	d := &demo{config: c, script: newScript(c)}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	for _, kind := range []struct {
		name  string
		start func() (*backend.Server, error)
		dial  func(context.Context, *backend.Server, *guarded) (*client, error)
	}{
		{"Kratos HTTP", func() (*backend.Server, error) { return backend.StartKratosHTTP("") }, newKratosHTTP},
		{"Kratos gRPC", func() (*backend.Server, error) { return backend.StartKratosGRPC("") }, newKratosGRPC},
		{"zRPC", func() (*backend.Server, error) { return backend.StartZRPC("", nil) }, newZRPC},
		{"REST, httpc", func() (*backend.Server, error) { return backend.StartREST("", nil) }, newHTTPC},
	} {
		l := &lane{name: kind.name, group: group.New(c.engine.breaker)}
		if l.server, err = kind.start(); err != nil {
			return nil, fmt.Errorf("starting the server of %s: %w", kind.name, err)
		}
		d.lanes = append(d.lanes, l)
		for i, g := range []*guarded{{l.group, d.observe(l)}, nil} {
			if l.clients[i], err = kind.dial(ctx, l.server, g); err != nil {
				return nil, fmt.Errorf("setting up a client of %s: %w", kind.name, err)
			}
		}
		l.hello = &stream{client: l.clients[0], method: hello, name: with}
		l.goodbye = &stream{client: l.clients[0], method: goodbye, name: with}
		l.control = &stream{client: l.clients[1], method: hello, name: without}
	}
	if c.page != "" {
		if err := d.openPage(ctx, c.page); err != nil {
			return nil, fmt.Errorf("serving the page: %w", err)
		}
	}
	return d, d.warmUp(ctx)
}

// close leaves clients before servers, so that these have nothing to wait for.
func (d *demo) close() {
	if d.page != nil {
		d.page.close()
	}
	for _, l := range d.lanes {
		for _, c := range l.clients {
			if c != nil {
				c.close()
			}
		}
	}
	var stops sync.WaitGroup
	for _, l := range d.lanes {
		stops.Go(l.server.Stop)
	}
	stops.Wait()
}

// observe notes the changes of the lane's breakers for the view.
func (d *demo) observe(l *lane) circuit.Observer {
	return func(e circuit.Event) {
		m := hello
		if e.Key == goodbye.key {
			m = goodbye
		}
		d.tell(fmt.Sprintf("%s %s: %s -> %s (%s)", l.name, m.name, e.From, e.To, e.Reason))
	}
}

// tell has the view show an event.
func (d *demo) tell(event string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.events = append(d.events, event)
}

func (d *demo) newEvents() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	events := d.events
	d.events = nil
	return events
}

// play makes the calls, switches the fault on and off, and shows what happens,
// until the script or ctx ends.
func (d *demo) play(ctx context.Context, show display) {
	start := time.Now()
	n := int(d.config.total().Seconds() * float64(d.config.rate))
	var traffic sync.WaitGroup
	streams := d.streams()
	for i, s := range streams {
		// The streams take turns, so that they don't all call at once.
		turn := time.Duration(i) * time.Second / time.Duration(d.config.rate*len(streams))
		traffic.Go(func() { s.drive(ctx, start.Add(turn), d.config.rate, n) })
	}
	done := make(chan struct{})
	go func() {
		traffic.Wait()
		close(done)
	}()
	acting := make(chan struct{})
	go func() {
		defer close(acting)
		d.act(ctx, start)
	}()
	d.watch(ctx, start, done, show)
	<-acting
}

// repeat plays the script over and over, for who looks at the page, until ctx ends.
func (d *demo) repeat(ctx context.Context) {
	for ctx.Err() == nil {
		d.play(ctx, nowhere{})
		for _, s := range d.streams() {
			s.forget()
		}
	}
}

// nowhere is where a repeated show goes to: its figures were told.
type nowhere struct{}

func (nowhere) draw(frame) {}
func (nowhere) close()     {}

// warmUp makes one call of each stream, so that connections stand when the clock
// starts, and a server that doesn't answer is found before.
func (d *demo) warmUp(ctx context.Context) error {
	for _, l := range d.lanes {
		for _, s := range []*stream{l.hello, l.goodbye, l.control} {
			ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
			err := s.client.call(ctx, s.method, "warm-up")
			cancel()
			if err != nil {
				return fmt.Errorf("first call of %s to %s: %w", s.method.name, l.name, err)
			}
		}
	}
	return nil
}

func (d *demo) streams() []*stream {
	var all []*stream
	for _, l := range d.lanes {
		all = append(all, l.hello, l.goodbye, l.control)
	}
	return all
}

// late is the longest that a call was made after it was due.
func (d *demo) late() time.Duration {
	var latest time.Duration
	for _, s := range d.streams() {
		s.mu.Lock()
		latest = max(latest, s.latest)
		s.mu.Unlock()
	}
	return latest
}

// act is the script: hello fails, and recovers.
func (d *demo) act(ctx context.Context, start time.Time) {
	at := func(t time.Duration) bool {
		select {
		case <-time.After(time.Until(start.Add(t))):
			return true
		case <-ctx.Done():
			return false
		}
	}
	if !at(d.script.faultAt) {
		return
	}
	for _, l := range d.lanes {
		d.note(func() { l.before = l.reached() })
		l.server.Hello.Fail(codes.Unavailable) // 503 over HTTP
	}
	if !at(d.script.healAt) {
		return
	}
	for _, l := range d.lanes {
		l.server.Hello.Heal()
		d.note(func() { l.after = l.reached() })
	}
}

// note guards what the view reads.
func (d *demo) note(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}
