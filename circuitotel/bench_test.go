package circuitotel_test

import (
	"fmt"
	"testing"

	"github.com/go-fusebox/fusebox/circuitotel"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/exemplar"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// BenchmarkCollect has an SDK collect the values of 10,000 keys, as it is by default and
// without the exemplars that it looks for.
func BenchmarkCollect(b *testing.B) {
	g := group.New(brittle)
	for i := range group.DefaultCap {
		g.Get(fmt.Sprint("/payments.v1.Payments/Method", i))
	}
	for name, opts := range map[string][]sdkmetric.Option{
		"default":      nil,
		"no exemplars": {sdkmetric.WithExemplarFilter(exemplar.AlwaysOffFilter)},
	} {
		b.Run(name, func(b *testing.B) {
			p, reader := provider(b, opts...)
			register(b, p, "bench", g)
			b.ReportAllocs()
			for b.Loop() {
				var data metricdata.ResourceMetrics
				if err := reader.Collect(b.Context(), &data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRefused is what the event costs a call whose span is not recorded.
func BenchmarkRefused(b *testing.B) {
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		circuitotel.Refused(ctx, "pay", circuit.ErrNotAllowed)
	}
}
