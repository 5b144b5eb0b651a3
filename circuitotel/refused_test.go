package circuitotel_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/circuitotel"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

var _ guard.RefusalObserver = circuitotel.Refused

func TestRefusalIsAnEventOnTheCallersSpan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		exporter := tracetest.NewInMemoryExporter()
		tracer := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter)).Tracer("test")
		g := guard.New(guard.Config{Group: group.New(brittle), Refused: circuitotel.Refused}, circuit.DefaultClassifier)
		ctx, span := tracer.Start(t.Context(), "checkout")
		permit, _ := g.Acquire("pay")
		permit.Failure()

		time.Sleep(4 * time.Second)
		_, err := g.Acquire("pay")
		g.Refused(ctx, "pay", fmt.Errorf("checkout: %w", err))
		g.Refused(ctx, "caf\xe9", circuit.ErrNotAllowed) // of a breaker that knows no time
		span.End()

		spans := exporter.GetSpans()
		if len(spans) != 1 || len(spans[0].Events) != 2 {
			t.Fatalf("the spans are %+v, want one with two events", spans)
		}
		for i, want := range [][]attribute.KeyValue{
			{attribute.String("circuit_breaker.key", "pay"), attribute.Float64("circuit_breaker.retry_after", 6)},
			{attribute.String("circuit_breaker.key", `"caf\xe9"`)},
		} {
			e := spans[0].Events[i]
			if e.Name != circuitotel.RefusedEvent || !slices.Equal(e.Attributes, want) {
				t.Errorf("event %d is %s %v, want %v", i, e.Name, e.Attributes, want)
			}
		}
		if spans[0].Status.Code != codes.Unset {
			t.Errorf("the span's status is %v: that is the caller's to say", spans[0].Status)
		}
	})
}

// A span that is not recording gets nothing, and asks the error for nothing.
func TestRefusalOnASpanThatIsNotRecording(t *testing.T) {
	unsampled := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample())).Tracer("test")
	ctx, span := unsampled.Start(t.Context(), "checkout")
	ended, done := sdktrace.NewTracerProvider().Tracer("test").Start(t.Context(), "checkout")
	done.End()
	remote := trace.ContextWithRemoteSpanContext(t.Context(), span.SpanContext())
	for _, ctx := range []context.Context{t.Context(), ctx, ended, remote} {
		circuitotel.Refused(ctx, "pay", untouchable{errors.New("refused"), t})
	}
}

// untouchable fails the test when it is asked for a time.
type untouchable struct {
	error
	t *testing.T
}

func (u untouchable) RetryAfter() (time.Duration, bool) {
	u.t.Error("the error was asked for a time that nobody records")
	return 0, false
}
