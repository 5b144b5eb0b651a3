package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/go-fusebox/fusebox/circuitadmin"
	"github.com/go-fusebox/fusebox/circuitfile"
	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/circuitprom"
	"github.com/go-fusebox/fusebox/circuitslog"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
	"github.com/go-fusebox/fusebox/core/rules"
	"github.com/go-fusebox/fusebox/examples/internal/program"
)

// service is the program, without its backends' trouble.
type service struct {
	breakers *group.Group
	client   *http.Client
	backends map[string]*backend

	operator *http.Server
	served   chan struct{}
	stops    []func()
}

// start has a service call two backends, shop and mail, and be operated at the listener.
// After each change of the rules, or of the file to something else, reloaded is told.
func start(ctx context.Context, listener net.Listener, file string, logger *slog.Logger, reloaded func(error)) (*service, error) {
	s := &service{
		breakers: group.New(guard.DefaultBreaker),
		backends: map[string]*backend{},
		served:   make(chan struct{}),
	}
	ctx, cancel := context.WithCancel(ctx) // of all that watches
	s.stops = append(s.stops, cancel)

	// The rules are put in force now, and whenever the file changes. A bad file changes
	// nothing.
	err := circuitfile.Watch(ctx, file, s.breakers, func(changes rules.Changes, err error) {
		if err != nil {
			logger.Error("the rules stay as they were", "error", err)
		} else {
			logger.Info("new rules", "breakers", changes.String())
		}
		reloaded(err)
	})
	if err != nil {
		_ = listener.Close()
		cancel()
		return nil, err
	}

	// A line for each change of state, and a summary of refusals each minute.
	s.stops = append(s.stops, circuitslog.Follow(s.breakers, logger)) //nolint:contextcheck // its lines are of no call

	// Metrics and a page, for operators alone.
	registry := prometheus.NewRegistry()
	registry.MustRegister(circuitprom.NewCollector("backends", s.breakers))
	admin, err := circuitadmin.New(map[string]*group.Group{"backends": s.breakers},
		circuitadmin.WithAuthorizer(program.Loopback),
		circuitadmin.WithAudit(func(c circuitadmin.Change) {
			logger.Warn("mode changed", "by", c.Who, "key", c.Key, "from", c.From, "to", c.To, "until", c.Ends)
		}))
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.Handle("/breakers/", http.StripPrefix("/breakers", admin))
	s.operator = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		defer close(s.served)
		if err := s.operator.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			logger.Error("the operator's server ended", "error", err)
		}
	}()

	// The service's own business: calls of backends, with a breaker for each.
	transport := &http.Transport{DialContext: s.dial, MaxIdleConnsPerHost: 16}
	s.stops = append(s.stops, transport.CloseIdleConnections)
	s.client = &http.Client{Transport: circuithttp.NewTransport(transport, circuithttp.WithGroup(s.breakers))}
	for _, name := range []string{"shop", "mail"} {
		s.backends[name] = newBackend()
	}
	return s, nil
}

// stop ends what start began.
func (s *service) stop() {
	_ = s.operator.Close()
	<-s.served
	for _, stop := range s.stops {
		stop()
	}
	for _, b := range s.backends {
		b.server.Close()
	}
}

// dial connects to a backend by its name.
func (s *service) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	b, ok := s.backends[host]
	if !ok {
		return nil, errors.New("no backend " + host)
	}
	return (&net.Dialer{}).DialContext(ctx, network, b.server.Listener.Addr().String())
}

// call makes one call of a backend.
func (s *service) call(ctx context.Context, name string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+name+"/", nil)
	if err != nil {
		return err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// backend fails while it is told to.
type backend struct {
	server  *httptest.Server
	failing atomic.Bool
	calls   atomic.Int64
}

func newBackend() *backend {
	b := &backend{}
	b.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		b.calls.Add(1)
		if b.failing.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	return b
}

// traffic calls each backend forty times a second, until ctx ends. The shop's fails from
// the tenth to the twentieth of every thirty seconds, the mail's always now and then.
func (s *service) traffic(ctx context.Context) {
	const each = 25 * time.Millisecond
	ticker := time.NewTicker(each)
	defer ticker.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		second := n * int(each/time.Millisecond) / 1000 % 30
		s.backends["shop"].failing.Store(second >= 10 && second < 20)
		s.backends["mail"].failing.Store(second >= 15 && second < 20)
		for name := range s.backends {
			_ = s.call(ctx, name) // the breaker, the page and the log tell how it went
		}
	}
}
