package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// tally counts the calls of a stream. What was offered and not yet passed,
// refused or failed is on its way.
type tally struct{ offered, passed, refused, failed int }

func (t tally) minus(o tally) tally {
	return tally{t.offered - o.offered, t.passed - o.passed, t.refused - o.refused, t.failed - o.failed}
}

func (t tally) plus(o tally) tally {
	return tally{t.offered + o.offered, t.passed + o.passed, t.refused + o.refused, t.failed + o.failed}
}

// result is how one call went.
type result struct {
	start time.Duration // since the first call was due
	ok    bool
}

// stream is the calls of one client to one method, at a steady rate.
type stream struct {
	client *client
	method method
	name   string // in each request, by which the backend tells streams apart

	mu      sync.Mutex
	tally   tally
	results []result
	latest  time.Duration // the longest that a call was made after it was due
}

func (s *stream) now() tally {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tally
}

// all is every call that has ended.
func (s *stream) all() []result {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.results
}

// drive makes n calls and returns when they have ended, or early when ctx ends.
// The i-th is due i/rate seconds after start, however long the others take.
func (s *stream) drive(ctx context.Context, start time.Time, rate, n int) {
	var calls sync.WaitGroup
	defer calls.Wait()
	slots := make(chan struct{}, inFlight)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for i := range n {
		due := time.Duration(i) * time.Second / time.Duration(rate)
		timer.Reset(time.Until(start.Add(due)))
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		s.late(time.Since(start.Add(due)))
		calls.Go(func() {
			s.one(ctx, start)
			<-slots
		})
	}
}

// forget lets the results go.
func (s *stream) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.results = nil
}

func (s *stream) late(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latest = max(s.latest, by)
}

func (s *stream) one(ctx context.Context, start time.Time) {
	at := time.Since(start)
	s.mu.Lock()
	s.tally.offered++
	s.mu.Unlock()

	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err := s.client.call(ctx, s.method, s.name)

	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		s.tally.passed++
	case errors.Is(err, circuit.ErrNotAllowed):
		s.tally.refused++
	default:
		s.tally.failed++
	}
	s.results = append(s.results, result{at, err == nil})
}
