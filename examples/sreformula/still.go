package main

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/sre"
)

const (
	history = 200    // requests in the window before it is asked
	asks    = 20_000 // calls that ask
)

// config leaves nothing but the formula: it holds from the first request on, and
// no call is admitted out of turn.
func config(k float64, window time.Duration, countRefusals bool) sre.Config {
	return sre.Config{K: k, Window: window, MinRequests: 1, ProbeInterval: -1, CountRefusals: countRefusals}
}

// still writes a history of the given success rate, in per cent, into a window of
// an hour, and then asks many times without marking: nothing moves the window but
// the breaker's own refusals, and those only where they count.
func still(k float64, percent int, countRefusals bool) (*tally, error) {
	b, err := sre.New(config(k, time.Hour, countRefusals))
	if err != nil {
		return nil, err
	}
	for i := range history {
		if i < history*percent/100 {
			b.MarkSuccess()
		} else {
			b.MarkFailed()
		}
	}
	t := &tally{}
	for range asks {
		if permit, ok := t.ask(b, k, countRefusals); ok {
			permit.Done(circuit.Ignored)
		}
	}
	return t, nil
}
