package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// offer is what the partner and the service answer.
type offer struct {
	Kind string `json:"kind"` // hot or cold
	Text string `json:"text"`
}

var cold = offer{Kind: "cold", Text: "Last year's coat, 10 % off"}

// listeners hear of what happens.
type listeners struct {
	before  func()              // a call to the partner
	failed  func(err error)     // after one that failed
	changed func(circuit.Event) // after a change of state
}

// service offers what the partner does, or else what it has itself.
type service struct {
	partner string // its URL
	http    *http.Client
	breaker breaker
	hot     *hystrix.Command
}

func newService(partner string, transport http.RoundTripper, b breaker, l listeners) (*service, error) {
	hot, err := hystrix.NewCommand("hot offer", b, hystrix.CommandConfig{Timeout: time.Second},
		hystrix.WithBefore(func(context.Context) { l.before() }),
		hystrix.WithAfter(func(_ context.Context, r circuit.Result, err error) {
			if r.Outcome.Failed() {
				l.failed(err)
			}
		}))
	if err != nil {
		return nil, err
	}
	b.Observe(l.changed)
	return &service{partner: partner, http: &http.Client{Transport: transport}, breaker: b, hot: hot}, nil
}

// offer asks the partner, if the circuit lets it.
func (s *service) offer(ctx context.Context) (offer, error) {
	return hystrix.Run(ctx, s.hot, s.ask, func(context.Context, error) (offer, error) { return cold, nil })
}

func (s *service) ask(ctx context.Context) (o offer, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.partner+"/offer/hot", nil)
	if err != nil {
		return o, err
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return o, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return o, fmt.Errorf("partner: %s", resp.Status)
	}
	return o, json.NewDecoder(resp.Body).Decode(&o)
}

// handler is the service's front.
func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /offer", func(w http.ResponseWriter, r *http.Request) {
		o, err := s.offer(r.Context())
		if err != nil { // the caller left
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		answer(w, o)
	})
	mux.HandleFunc("GET /offer/circuit", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, statusOf(s.breaker))
	})
	return mux
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // fails only if the caller is gone
}
