package circuitotel_test

import (
	"fmt"
	"testing"

	"github.com/go-fusebox/fusebox/core/group"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// An SDK's bound on the attribute sets of an instrument hides the keys beyond it, and
// keeps their sum. 4 times the cap, and a little more, is enough.
func TestCardinalityLimitOfTheSDK(t *testing.T) {
	const keys, bound = 60, 200
	for _, tt := range []struct {
		limit       int
		modes       int // points of the instrument with most of them
		hidden      float64
		overflowing bool
	}{
		{bound, bound, keys - bound/4, true},
		{4*keys + 10, 4 * keys, 0, false},
	} {
		t.Run(fmt.Sprint(tt.limit), func(t *testing.T) {
			p, reader := provider(t, sdkmetric.WithCardinalityLimit(tt.limit))
			g := group.New(brittle, group.WithCap(keys))
			register(t, p, "shop", g)
			for i := range keys {
				g.Get(fmt.Sprint("key ", i))
			}
			for range 2 { // and not worse from one collection to the next
				got := collect(t, reader)
				modes := points(t, got["circuit_breaker.mode"])
				hidden, overflowing := modes["true"] // of otel.metric.overflow
				if len(modes) != tt.modes || hidden != tt.hidden || overflowing != tt.overflowing {
					t.Errorf("with %d keys there are %d points, one of %v overflowing keys: %v", keys, len(modes), hidden, overflowing)
				}
				if got := points(t, got["circuit_breaker.drop_ratio"]); len(got) != keys {
					t.Errorf("there are %d drop ratios, want %d", len(got), keys)
				}
			}
		})
	}
}
