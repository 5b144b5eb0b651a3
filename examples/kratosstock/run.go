package main

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"

	khttp "github.com/go-kratos/kratos/v2/transport/http"
	"google.golang.org/grpc/codes"

	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
	"github.com/go-fusebox/fusebox/examples/internal/backend"
)

// history is when which calls are made, and when they meet a fault.
type history struct {
	name                string
	engine              func() (engine, error)
	tick                time.Duration
	ticks               int
	burst               int           // calls at each tick, all at once
	answer              time.Duration // that the server takes for an answer
	failFrom, failUntil int           // ticks
}

// withHystrix has three calls in flight at once, so that the two that come beside
// a probe are refused.
var withHystrix = history{
	name: "hystrix",
	engine: func() (engine, error) {
		return hystrix.New(hystrix.Config{
			RequestVolumeThreshold: 10, Window: time.Second, SleepWindow: 450 * time.Millisecond, SleepJitter: -1,
		})
	},
	tick: 100 * time.Millisecond, ticks: 60, burst: 3, answer: 20 * time.Millisecond,
	failFrom: 10, failUntil: 30,
}

// withSRE has one call after the other, 200 a second.
var withSRE = history{
	name: "sre",
	engine: func() (engine, error) {
		return sre.New(sre.Config{K: 1.5, Window: 500 * time.Millisecond, ProbeInterval: -1})
	},
	tick: 5 * time.Millisecond, ticks: 1200, burst: 1,
	failFrom: 200, failUntil: 400,
}

// dialer is net.Dialer's method, or that of a network in memory.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// run plays the history, through dial, against a server on l, for three clients at
// once.
func run(ctx context.Context, h history, l net.Listener, dial dialer) ([]*lane, error) {
	server, err := backend.StartKratosHTTP("127.0.0.1:0", khttp.Listener(l), khttp.Filter(slowly(h.answer))) //nolint:contextcheck // a server ends by Stop, not by a ctx
	if err != nil {
		return nil, err
	}
	defer server.Stop()
	transport := &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 3 * h.burst}
	defer transport.CloseIdleConnections()
	lanes, err := newLanes(ctx, h, server.Addr, transport)
	if err != nil {
		return nil, err
	}

	ticker := time.NewTicker(h.tick)
	defer ticker.Stop()
	var calls sync.WaitGroup
	defer calls.Wait()
	for i := range h.ticks {
		switch i {
		case h.failFrom:
			server.Hello.Fail(codes.Unavailable)
		case h.failUntil:
			server.Hello.Heal()
		}
		for _, l := range lanes {
			for range h.burst {
				calls.Go(func() { l.call(ctx, time.Duration(i)*h.tick) })
			}
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return lanes, nil
}

// slowly delays each answer.
func slowly(d time.Duration) khttp.FilterFunc {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(d)
			next.ServeHTTP(w, r)
		})
	}
}
