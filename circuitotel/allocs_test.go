//go:build !race

// The race detector allocates, so these tests are not for it.

package circuitotel_test

import (
	"testing"

	"github.com/go-fusebox/fusebox/circuitotel"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Neither the instruments nor the event cost a call an allocation, as long as its span is
// not recorded.
func TestCallDoesNotAllocate(t *testing.T) {
	p, reader := provider(t)
	g := group.New(brittle)
	register(t, p, "shop", g)
	collect(t, reader)
	guarded := guard.New(guard.Config{
		Group: g, Observer: func(circuit.Event) {}, Refused: circuitotel.Refused,
	}, circuit.DefaultClassifier)
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample())).Tracer("test")
	ctx, span := tracer.Start(t.Context(), "checkout")
	defer span.End()
	wantNone := func(name string) {
		t.Helper()
		if got := testing.AllocsPerRun(10_000, func() {
			permit, err := guarded.Acquire("pay")
			if err != nil {
				guarded.Refused(ctx, "pay", err)
			}
			permit.Success()
		}); got != 0 {
			t.Errorf("%s: %v allocations for a call, want 0", name, got)
		}
	}
	wantNone("admitted")
	g.Get("pay").MarkFailed()
	if g.Get("pay").Allow() == nil {
		t.Fatal("the breaker is closed")
	}
	wantNone("refused")
}
