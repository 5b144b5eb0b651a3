package circuitotel_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-fusebox/fusebox/circuitprom"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/prometheus/client_golang/prometheus"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// OpenTelemetry's own exporter makes of circuitotel what circuitprom shows of the same
// groups: families, types, help, labels and values. So one dashboard fits both.
func TestPrometheusSeesTheSameOfBothExporters(t *testing.T) {
	shop := group.New(brittle, group.WithCap(4))
	bank := group.New(brittle)
	groups := map[string]*group.Group{"shop": shop, "bank": bank}

	ours := prometheus.NewPedanticRegistry()
	theirs := prometheus.NewPedanticRegistry()
	exporter, err := otelprom.New(otelprom.WithRegisterer(theirs))
	if err != nil {
		t.Fatal(err)
	}
	p := sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter))
	t.Cleanup(func() { _ = p.Shutdown(t.Context()) })
	for name, g := range groups {
		ours.MustRegister(circuitprom.NewCollector(name, g))
		register(t, p, name, g)
	}

	compare(t, ours, theirs) // the groups alone
	shop.Get("idle")
	compare(t, ours, theirs)
	live(t, shop)
	live(t, bank)
	if n := compare(t, ours, theirs); n < 2*4*20 {
		t.Errorf("only %d series were compared", n)
	}
}

// live leaves keys in all states and modes, and all counters above 0.
func live(t *testing.T, g *group.Group) {
	t.Helper()
	for _, mode := range []circuit.Mode{circuit.Observe, circuit.ForceOpen, circuit.ForceClose} {
		if err := g.Get(mode.String()).(circuit.ModeSetter).SetMode(mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"observe", "force-open", "force-close", "open", "caf\xe9", "line\nbreak"} {
		for _, o := range []circuit.Outcome{circuit.Success, circuit.Ignored, circuit.Overload, circuit.Failure, circuit.Success} {
			if permit, err := circuit.Acquire(g.Get(key)); err == nil {
				permit.Done(o)
			}
		}
	}
	if _, err := circuit.Acquire(g.Get("force-close")); err != nil { // in flight
		t.Fatal(err)
	}
}

// compare returns the number of series, which are the same.
func compare(t *testing.T, ours, theirs prometheus.Gatherer) int {
	t.Helper()
	want, got := text(t, ours), text(t, theirs)
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("circuitprom lacks %s", name)
		}
	}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %q of circuitprom, and %q of circuitotel", name, value, got[name])
		}
	}
	return len(want)
}

// text is what a registry shows, one line for each family and series.
func text(t *testing.T, r prometheus.Gatherer) map[string]string {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]string{}
	for _, f := range families {
		if f.GetName() == "target_info" { // of the SDK's resource
			continue
		}
		lines[f.GetName()] = f.GetType().String() + " " + f.GetHelp()
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, pair := range m.GetLabel() {
				if !strings.HasPrefix(pair.GetName(), "otel_scope_") {
					labels[pair.GetName()] = pair.GetValue()
				}
			}
			var name strings.Builder
			name.WriteString(f.GetName())
			for _, label := range slices.Sorted(maps.Keys(labels)) {
				fmt.Fprintf(&name, " %s=%q", label, labels[label])
			}
			lines[name.String()] = fmt.Sprint(m.GetCounter().GetValue(), m.GetGauge().GetValue())
		}
	}
	return lines
}
