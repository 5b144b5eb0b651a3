package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

const (
	callTimeout = 10 * time.Millisecond
	concurrent  = 100 // calls at most
)

// settings open the circuit at 2 failures of 10 calls. The sleep window is exact,
// so that the same calls are refused in each run; a fleet of clients had better
// leave SleepJitter alone.
var settings = hystrix.Config{
	RequestVolumeThreshold: 10,
	ErrorPercentThreshold:  20,
	SleepWindow:            500 * time.Millisecond,
	SleepJitter:            -1,
}

var errBusy = errors.New("100 calls are in flight already")

// client calls GET /ping under a breaker.
type client struct {
	http     *http.Client
	breaker  *hystrix.Breaker
	places   chan struct{} // one for each call in flight
	fallback func(ctx context.Context, err error) error
}

func newClient(transport http.RoundTripper, fallback func(context.Context, error) error) (*client, error) {
	b, err := hystrix.New(settings)
	if err != nil {
		return nil, err
	}
	return &client{
		http:     &http.Client{Transport: transport},
		breaker:  b,
		places:   make(chan struct{}, concurrent),
		fallback: fallback,
	}, nil
}

// ping is one call. The limit on calls in flight stands before the breaker: a
// call that finds no place says nothing about the server.
func (c *client) ping(ctx context.Context, url string) error {
	select {
	case c.places <- struct{}{}:
		defer func() { <-c.places }()
	default:
		return c.fallback(ctx, errBusy)
	}
	return circuit.Do(ctx, c.breaker, func(ctx context.Context) error {
		return c.get(ctx, url)
	}, circuit.WithFallback(c.fallback))
}

func (c *client) get(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("GET /ping: %s", resp.Status)
	}
	return nil
}
