package main

import (
	"context"
	"sync"
	"time"
)

const (
	clients  = 10                    // of each kind
	interval = 10 * time.Millisecond // between the calls of one client

	before = 5 * time.Second // the outage
	outage = 10 * time.Second
	after  = 30 * time.Second

	good = 100 // calls, before and after those that are cancelled
	bad  = 200 // calls that are cancelled, or that panic
)

// figures are what one client came out with.
type figures struct {
	reached   int           // calls that got to the backend during its outage
	lost      int           // calls that were refused after it
	normal    time.Duration // from its end to the last refused call
	cancelled int           // good calls that were refused after cancelled ones
	panicked  int           // calls that were let through, of those that panic
}

// trial sends a client through one kind of trouble, and fills in its figures.
type trial func(context.Context, *client, *figures) error

var trials = []trial{throughOutage, throughCancels, throughPanics}

// run makes the clients of each kind and sends them through all trials, at the
// same time, each trial with breakers of its own.
func run(ctx context.Context) ([][clients]figures, error) {
	results := make([][clients]figures, len(kinds))
	var first error
	var failed sync.Once
	var running sync.WaitGroup
	for i, k := range kinds {
		for n := range clients {
			for _, t := range trials {
				running.Go(func() {
					// They take turns, and so no two throw the same dice: those of the
					// stock breakers are seeded by the time.
					time.Sleep(time.Duration(n) * interval / clients)
					if err := t.run(ctx, k, &results[i][n]); err != nil {
						failed.Do(func() { first = err })
					}
				})
			}
		}
	}
	running.Wait()
	return results, first
}

// run is the trial with a new client.
func (t trial) run(ctx context.Context, k kind, f *figures) error {
	c := &client{backend: &backend{}, ticker: time.NewTicker(interval)}
	defer c.ticker.Stop()
	var err error
	if c.caller, err = k.dial(ctx, c.backend); err != nil {
		return err
	}
	return t(ctx, c, f)
}

func throughOutage(ctx context.Context, c *client, f *figures) error {
	if _, err := c.calls(ctx, healthy, int(before/interval)); err != nil {
		return err
	}
	c.backend.reached = 0
	if _, err := c.calls(ctx, failing, int(outage/interval)); err != nil {
		return err
	}
	f.reached = c.backend.reached
	end := time.Now()
	var err error
	if f.lost, err = c.calls(ctx, healthy, int(after/interval)); f.lost > 0 {
		f.normal = c.lastRefusal.Sub(end)
	}
	return err
}

// throughCancels counts the good calls that are refused because callers of others
// have left.
func throughCancels(ctx context.Context, c *client, f *figures) error {
	if _, err := c.calls(ctx, healthy, good); err != nil {
		return err
	}
	if _, err := c.calls(ctx, hanging, bad); err != nil {
		return err
	}
	var err error
	f.cancelled, err = c.calls(ctx, healthy, good)
	return err
}

func throughPanics(ctx context.Context, c *client, f *figures) error {
	_, err := c.calls(ctx, panicking, bad)
	f.panicked = c.backend.reached
	return err
}
