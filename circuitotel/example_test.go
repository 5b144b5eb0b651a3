package circuitotel_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/circuitotel"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// With the global meter provider.
func ExampleRegister() {
	g := group.New(guard.DefaultBreaker) // for the option WithGroup of the adapters
	unregister, err := circuitotel.Register("payments", g)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = unregister() }()
	// Output:
}

// With a provider of one's own, whose bound on cardinality is more than 4 times the cap.
func ExampleWithMeterProvider() {
	reader := sdkmetric.NewManualReader()
	provider := sdkmetric.NewMeterProvider(
		sdkmetric.WithReader(reader),
		sdkmetric.WithCardinalityLimit(4*group.DefaultCap+100),
	)
	g := group.New(brittle)
	if _, err := circuitotel.Register("payments", g, circuitotel.WithMeterProvider(provider)); err != nil {
		fmt.Println(err)
		return
	}

	for range 3 {
		_ = call(context.Background(), g, "bank:443", errBackend)
	}

	var data metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &data); err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range data.ScopeMetrics[0].Metrics {
		if m.Name == "circuit_breaker.call.refused" {
			fmt.Println(m.Name, m.Data.(metricdata.Sum[int64]).DataPoints[0].Value, m.Unit)
		}
	}
	// Output: circuit_breaker.call.refused 2 {call}
}

// With an adapter, here that of net/http.
func ExampleRefused() {
	down := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer down.Close()
	client := &http.Client{Transport: circuithttp.NewTransport(nil,
		circuithttp.WithBreaker(brittle),
		circuithttp.WithRefusalObserver(circuitotel.Refused))}
	defer client.CloseIdleConnections()

	exporter := tracetest.NewInMemoryExporter()
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter)).Tracer("example")
	ctx, span := tracer.Start(context.Background(), "checkout")
	for range 2 {
		request, _ := http.NewRequestWithContext(ctx, http.MethodGet, down.URL, nil)
		if response, err := client.Do(request); err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
	}
	span.End()
	for _, e := range exporter.GetSpans()[0].Events {
		fmt.Println(e.Name, len(e.Attributes))
	}
	// Output: circuit_breaker.refused 2
}
