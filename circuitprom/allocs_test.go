//go:build !race

// The race detector allocates, so these tests are not for it.

package circuitprom_test

import (
	"context"
	"testing"

	"github.com/go-fusebox/fusebox/circuitprom"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
	"github.com/prometheus/client_golang/prometheus"
)

// A call that changes nothing costs no allocation, with everything on that watches it.
func TestWatchedCallDoesNotAllocate(t *testing.T) {
	for _, f := range factories {
		watchedGroup := group.New(f.make)
		watched(watchedGroup)
		refused := 0
		g := guard.New(guard.Config{
			Group:    watchedGroup,
			Observer: func(circuit.Event) {},
			Refused:  func(context.Context, string, error) { refused++ },
		}, circuit.DefaultClassifier)
		ctx := t.Context()
		admitted := testing.AllocsPerRun(10_000, func() {
			permit, err := g.Acquire("pay")
			if err != nil {
				t.Error(err)
			}
			permit.Done(g.Judge(ctx, nil))
		})
		if admitted != 0 {
			t.Errorf("%s: %v allocations for an admitted call, want 0", f.engine, admitted)
		}

		if err := g.Breaker("pay").(circuit.ModeSetter).SetMode(circuit.ForceOpen); err != nil {
			t.Fatal(err)
		}
		turnedAway := testing.AllocsPerRun(10_000, func() {
			if _, err := g.Acquire("pay"); err != nil {
				g.Refused(ctx, "pay", err)
			}
		})
		if turnedAway != 0 || refused < 10_000 {
			t.Errorf("%s: %v allocations for a refused call, of which %d were told; want 0", f.engine, turnedAway, refused)
		}
	}
}

// A scrape allocates what the registry does, and a few slices for each key.
func TestScrapeAllocatesForKeysNotForSeries(t *testing.T) {
	g := group.New(factories[0].make)
	collector := circuitprom.NewCollector("shop", g)
	const keys = 1000
	for i := range keys {
		g.Get(string(rune('a' + i)))
	}
	got := testing.AllocsPerRun(5, func() { drain(collector) })
	if got > 12*keys {
		t.Errorf("%v allocations for %d keys of 20 series each, want at most 12 for each key", got, keys)
	}
}

func drain(c prometheus.Collector) {
	ch := make(chan prometheus.Metric, 100)
	go func() {
		defer close(ch)
		c.Collect(ch)
	}()
	for range ch {
	}
}
