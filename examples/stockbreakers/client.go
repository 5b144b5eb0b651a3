package main

import (
	"context"
	"time"
)

// client makes one call after the other, at a steady rate.
type client struct {
	caller      caller
	backend     *backend
	ticker      *time.Ticker
	lastRefusal time.Time
}

// calls makes n calls to a backend in that mode, and counts the refused ones. That
// one fails although the backend is healthy is an error.
func (c *client) calls(ctx context.Context, m mode, n int) (refusals int, _ error) {
	c.backend.mode = m
	for range n {
		select {
		case <-c.ticker.C:
		case <-ctx.Done():
			return refusals, ctx.Err()
		}
		switch err := c.call(ctx); {
		case refused(err):
			refusals++
			c.lastRefusal = time.Now()
		case err != nil && m == healthy:
			return refusals, err
		}
	}
	return refusals, nil
}

// call is one call, of a caller that waits no longer than a millisecond for a
// backend that hangs.
func (c *client) call(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if c.backend.mode == hanging {
		defer time.AfterFunc(time.Millisecond, cancel).Stop()
	}
	defer func() { _ = recover() }() // of a backend that panics
	return c.caller(ctx)
}
