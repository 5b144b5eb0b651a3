package migrate_test

import (
	"context"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/sre"
)

type aegisOurs struct{}

// aegis' settings by name. `sre.Config{}` is back much sooner after an outage: it doesn't count its own
// refusals. The default of our adapters is neither, but core/credit. `group.New` keeps one breaker per key.
func (aegisOurs) Defaults() (*sre.Breaker, error) {
	return sre.New(sre.Aegis())
}

// K is 1 over the success rate. The last two lines keep aegis' ways: no floor of probes, refusals count as
// requests.
func (aegisOurs) Options() (*sre.Breaker, error) {
	return sre.New(sre.Config{
		K:             1 / 0.5,
		MinRequests:   20,
		Window:        5 * time.Second,
		Buckets:       50,
		ProbeInterval: -1,
		CountRefusals: true,
	})
}

// A refused call is not marked. A panic counts as a failure, where theirs loses the call; a caller's own
// cancel counts neither way.
func (aegisOurs) Call(ctx context.Context, b circuit.Breaker, fetch func(context.Context) error) error {
	return circuit.Do(ctx, b, fetch)
}

// Nothing to change: our engines have aegis' interface, and its breakers go wherever ours do.
func (aegisOurs) Mark(ctx context.Context, b circuit.Breaker, fetch func(context.Context) error) error {
	if err := b.Allow(); err != nil {
		return err
	}
	if err := fetch(ctx); err != nil {
		b.MarkFailed()
		return err
	}
	b.MarkSuccess()
	return nil
}
