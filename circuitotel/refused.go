package circuitotel

import (
	"context"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/metrics"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

const (
	// RefusedEvent is the name of the event of a refused call.
	RefusedEvent = "circuit_breaker.refused"
	// RetryAfterAttribute is on it if that is known: the time until a retry makes
	// sense, in seconds.
	RetryAfterAttribute = "circuit_breaker.retry_after"
)

// Refused is a [guard.RefusalObserver] that adds a [RefusedEvent] to the span of ctx, with
// [metrics.KeyAttribute] and [RetryAfterAttribute]. It leaves the span's status alone, and
// does nothing if the span isn't recording.
func Refused(ctx context.Context, key string, err error) {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return
	}
	attributes := make([]attribute.KeyValue, 1, 2)
	attributes[0] = attribute.String(metrics.KeyAttribute, metrics.Printable(key))
	if after, ok := circuit.RetryAfter(err); ok {
		attributes = append(attributes, attribute.Float64(RetryAfterAttribute, after.Seconds()))
	}
	span.AddEvent(RefusedEvent, trace.WithAttributes(attributes...))
}
