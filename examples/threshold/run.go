package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

const (
	goroutines = 20
	interval   = 10 * time.Millisecond // of the rounds
	open       = 40 * time.Millisecond
	mendedAt   = 30 * time.Millisecond
)

// settings open the circuit at the first failure; the rule of percentages is off.
var settings = hystrix.Config{
	ConsecutiveFailures:   1,
	ErrorPercentThreshold: -1,
	SleepWindow:           open,
	SleepJitter:           -1,
}

var errBroken = errors.New("broken")

// function serves five calls and fails all later ones, until it is mended.
type function struct {
	takes  time.Duration
	calls  atomic.Int64
	mended atomic.Bool
}

func (f *function) call(context.Context) error {
	n := f.calls.Add(1)
	time.Sleep(f.takes)
	if n > 5 && !f.mended.Load() {
		return errBroken
	}
	return nil
}

// round is what became of the calls that were made at once.
type round struct {
	at                      time.Duration
	passed, failed, refused int
}

// event is a change of state, with its time since the start.
type event struct {
	circuit.Event
	at time.Duration
}

// run makes that many rounds. A round doesn't wait for the one before it.
func run(ctx context.Context, rounds int) ([]round, []event, error) {
	b, err := hystrix.New(settings)
	if err != nil {
		return nil, nil, err
	}
	start := time.Now()
	var events []event
	b.Observe(func(e circuit.Event) { events = append(events, event{e, e.At.Sub(start)}) }) // one at a time

	f := &function{takes: 5 * time.Millisecond}
	mend := time.AfterFunc(mendedAt, func() { f.mended.Store(true) })
	defer mend.Stop()

	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	results := make([]round, rounds)
	var all sync.WaitGroup
	for i := range results {
		at := time.Since(start)
		all.Go(func() {
			results[i] = together(ctx, b, f.call)
			results[i].at = at
		})
		if i == rounds-1 {
			break
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			all.Wait()
			return nil, nil, ctx.Err()
		}
	}
	all.Wait()
	return results, events, nil
}

// together calls f from 20 goroutines at the same moment.
func together(ctx context.Context, b circuit.Breaker, f func(context.Context) error) round {
	var passed, failed, refused atomic.Int64
	var all sync.WaitGroup
	gate := make(chan struct{})
	for range goroutines {
		all.Go(func() {
			<-gate
			switch err := circuit.Do(ctx, b, f); {
			case err == nil:
				passed.Add(1)
			case errors.Is(err, circuit.ErrNotAllowed):
				refused.Add(1)
			default:
				failed.Add(1)
			}
		})
	}
	close(gate)
	all.Wait()
	return round{passed: int(passed.Load()), failed: int(failed.Load()), refused: int(refused.Load())}
}
