package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/go-fusebox/fusebox/core/hystrix"
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

var limits = hystrix.CommandConfig{
	Timeout:       10 * time.Millisecond,
	MaxConcurrent: 100,
}

// client calls GET /ping as a command.
type client struct {
	http     *http.Client
	breaker  *hystrix.Breaker
	command  *hystrix.Command
	fallback func(ctx context.Context, err error) error
}

func newClient(transport http.RoundTripper, fallback func(context.Context, error) error) (*client, error) {
	b, err := hystrix.New(settings)
	if err != nil {
		return nil, err
	}
	command, err := hystrix.NewCommand("GET /ping", b, limits)
	if err != nil {
		return nil, err
	}
	return &client{http: &http.Client{Transport: transport}, breaker: b, command: command, fallback: fallback}, nil
}

func (c *client) ping(ctx context.Context, url string) error {
	return c.command.Do(ctx, func(ctx context.Context) error { return c.get(ctx, url) }, c.fallback)
}

func (c *client) get(ctx context.Context, url string) error {
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
		return fmt.Errorf("the answer is %s", resp.Status)
	}
	return nil
}
