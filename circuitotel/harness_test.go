package circuitotel_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/circuitotel"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errBackend = errors.New("backend is down")

// brittle opens at the first failure, for ten seconds.
func brittle(string) circuit.Breaker {
	b, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 1, SleepWindow: 10 * time.Second, SleepJitter: -1})
	if err != nil {
		panic(err)
	}
	return b
}

// call makes one call that fails with err, if it is admitted.
func call(ctx context.Context, g *group.Group, key string, err error) error {
	return circuit.Do(ctx, g.Get(key), func(context.Context) error { return err })
}

// provider is a meter provider, and what reads it.
func provider(t testing.TB, opts ...sdkmetric.Option) (*sdkmetric.MeterProvider, sdkmetric.Reader) {
	t.Helper()
	reader := sdkmetric.NewManualReader()
	p := sdkmetric.NewMeterProvider(append(opts, sdkmetric.WithReader(reader))...)
	t.Cleanup(func() {
		if err := p.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p, reader
}

func register(t testing.TB, p *sdkmetric.MeterProvider, name string, g *group.Group) (unregister func() error) {
	t.Helper()
	unregister, err := circuitotel.Register(name, g, circuitotel.WithMeterProvider(p))
	if err != nil {
		t.Fatal(err)
	}
	return unregister
}

// collect is what r reads now, by the names of instruments.
func collect(t testing.TB, r sdkmetric.Reader) map[string]metricdata.Metrics {
	t.Helper()
	var data metricdata.ResourceMetrics
	if err := r.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	byName := map[string]metricdata.Metrics{}
	for _, scope := range data.ScopeMetrics {
		if scope.Scope.Name != circuitotel.ScopeName {
			t.Errorf("the scope is %q", scope.Scope.Name)
		}
		for _, m := range scope.Metrics {
			byName[m.Name] = m
		}
	}
	return byName
}

// points are the values of m by the values of their attributes, such as "shop pay open".
func points(t testing.TB, m metricdata.Metrics) map[string]float64 {
	t.Helper()
	values := map[string]float64{}
	put := func(attributes attribute.Set, v float64) {
		var words []string
		for _, a := range attributes.ToSlice() {
			words = append(words, a.Value.Emit())
		}
		values[strings.Join(words, " ")] = v
	}
	switch data := m.Data.(type) {
	case metricdata.Sum[int64]:
		for _, p := range data.DataPoints {
			put(p.Attributes, float64(p.Value))
		}
	case metricdata.Gauge[float64]:
		for _, p := range data.DataPoints {
			put(p.Attributes, p.Value)
		}
	case nil:
	default:
		t.Fatalf("%s is a %T", m.Name, data)
	}
	return values
}
