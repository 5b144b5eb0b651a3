package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// settings are a circuit's.
type settings struct {
	failures  int64         // in a row, which open it
	interval  time.Duration // of checks while it is open
	healthy   int           // checks in a row, which let live calls through
	share     float64       // of live calls that are let through then
	successes int64         // of live calls, which close it
	command   hystrix.CommandConfig
}

var usual = settings{
	failures: 3, interval: 500 * time.Millisecond, healthy: 3, share: 0.25, successes: 5,
	command: hystrix.CommandConfig{Timeout: 200 * time.Millisecond, MaxConcurrent: 10},
}

// client orders at the primary, or else at the standby.
type client struct {
	http    *http.Client
	breaker *hystrix.Breaker
	command *hystrix.Command
	seen    *seen
}

// newClient makes one whose health checks end with ctx at the latest.
func newClient(ctx context.Context, transport http.RoundTripper, s settings) (*client, error) {
	c := &client{http: &http.Client{Transport: transport}, seen: &seen{counts: map[string]int{}}}
	var err error
	c.breaker, err = hystrix.New(
		hystrix.Config{ErrorPercentThreshold: -1, ProbeRatio: s.share, Probes: 100},
		hystrix.WithOpenRule(func() hystrix.Rule { return &opening{seen: c.seen, failures: s.failures} }),
		hystrix.WithCloseRule(func() hystrix.Rule { return &closing{seen: c.seen, enough: s.successes} }),
		hystrix.WithHealthCheck(ctx, hystrix.HealthCheck{Check: c.check, Interval: s.interval, Healthy: s.healthy}))
	if err != nil {
		return nil, err
	}
	c.command, err = hystrix.NewCommand("order", c.breaker, s.command)
	return c, err
}

// order orders something, and returns what the site answers.
func (c *client) order(ctx context.Context, item string) (string, error) {
	path := "/order?item=" + url.QueryEscape(item)
	return hystrix.Run(ctx, c.command,
		func(ctx context.Context) (string, error) { return c.get(ctx, primaryURL+path) },
		func(ctx context.Context, _ error) (string, error) { return c.get(ctx, standbyURL+path) })
}

// check is the synthetic call.
func (c *client) check(ctx context.Context) error {
	_, err := c.get(ctx, primaryURL+"/health")
	return err
}

// get takes the statuses from 400 to 499 for the caller's mistakes.
func (c *client) get(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
	case resp.StatusCode >= http.StatusInternalServerError:
		err = fmt.Errorf("GET %s: %s", req.URL.Path, resp.Status)
	case resp.StatusCode >= http.StatusBadRequest:
		err = circuit.BadRequest(errors.New(resp.Status))
	}
	return string(body), err
}
