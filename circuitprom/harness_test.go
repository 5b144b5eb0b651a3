package circuitprom_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/circuitprom"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
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

// registered is a strict registry with g's collector.
func registered(t testing.TB, name string, g *group.Group) *prometheus.Registry {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	if err := r.Register(circuitprom.NewCollector(name, g)); err != nil {
		t.Fatal(err)
	}
	return r
}

func gather(t testing.TB, r prometheus.Gatherer) map[string]*dto.MetricFamily {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*dto.MetricFamily{}
	for _, f := range families {
		byName[f.GetName()] = f
	}
	return byName
}

// value is that of the series with these label values among its own.
func value(t testing.TB, f *dto.MetricFamily, labels ...string) float64 {
	t.Helper()
	for _, m := range f.GetMetric() {
		if has(m, labels) {
			return m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	t.Fatalf("%s has no series with %q", f.GetName(), labels)
	return 0
}

func has(m *dto.Metric, values []string) bool {
	for _, v := range values {
		if !slices.ContainsFunc(m.GetLabel(), func(l *dto.LabelPair) bool { return l.GetValue() == v }) {
			return false
		}
	}
	return true
}
