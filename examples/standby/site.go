package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// site takes orders.
type site struct {
	name string
	down atomic.Bool
	slow atomic.Int64 // how long an answer takes, as a time.Duration

	mu     sync.Mutex
	orders []time.Time // when they came
	checks []time.Time
}

func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /order", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("item") == "" {
			http.Error(w, "which item?", http.StatusBadRequest)
			return
		}
		s.answer(w, r, &s.orders)
	})
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, &s.checks) })
	return mux
}

func (s *site) answer(w http.ResponseWriter, r *http.Request, came *[]time.Time) {
	s.mu.Lock()
	*came = append(*came, time.Now())
	s.mu.Unlock()
	select {
	case <-time.After(time.Duration(s.slow.Load())):
	case <-r.Context().Done():
	}
	if s.down.Load() {
		http.Error(w, s.name+" is down", http.StatusInternalServerError)
		return
	}
	_, _ = io.WriteString(w, s.name) // fails only if the caller is gone
}

// came is when orders and checks did.
func (s *site) came() (orders, checks []time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.orders[:len(s.orders):len(s.orders)], s.checks[:len(s.checks):len(s.checks)]
}

// link is how a server is reached: by TCP, or in memory.
type link struct {
	net.Listener
	dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// serve has h answer on l until stop is called.
func (l link) serve(h http.Handler) (stop func()) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(l) }() // ends at Close, and a call tells of any other end
	return func() { _ = server.Close() }
}
