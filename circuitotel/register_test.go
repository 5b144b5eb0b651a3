package circuitotel_test

import (
	"fmt"
	"maps"
	"sync"
	"testing"

	"github.com/go-fusebox/fusebox/circuitotel"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/metrics"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// Each key has all its values from its making on, and each instrument is of the kind, the
// unit and the description that core/metrics says.
func TestInstruments(t *testing.T) {
	p, reader := provider(t)
	g := group.New(brittle, group.WithCap(7))
	register(t, p, "shop", g)
	g.Get("pay")
	got := collect(t, reader)
	for _, i := range metrics.OfKey() {
		want := map[string]float64{}
		for _, member := range i.Members() {
			name := "shop pay" // attributes are in the order of their names
			if member != "" {
				name += " " + member
			}
			want[name] = 0
			if i.Kind == metrics.UpDownCounter && (member == "closed" || member == "auto") {
				want[name] = 1
			}
		}
		checkInstrument(t, got, i, want)
	}
	for i, want := range []float64{1, 7, 0, 0} {
		checkInstrument(t, got, metrics.OfGroup()[i], map[string]float64{"shop": want})
	}
	if all := len(metrics.OfKey()) + len(metrics.OfGroup()); len(got) != all {
		t.Errorf("there are %d instruments, want %d", len(got), all)
	}
}

func checkInstrument(t *testing.T, got map[string]metricdata.Metrics, i metrics.Instrument, want map[string]float64) {
	t.Helper()
	m := got[i.Name]
	if m.Unit != i.Unit || m.Description != i.Description {
		t.Errorf("%s has the unit %q and the description %q", i.Name, m.Unit, m.Description)
	}
	sum, isSum := m.Data.(metricdata.Sum[int64])
	if isSum != (i.Kind != metrics.Gauge) || isSum && sum.IsMonotonic != (i.Kind == metrics.Counter) {
		t.Errorf("%s is a %T, monotonic %v", i.Name, m.Data, sum.IsMonotonic)
	}
	if got := points(t, m); !maps.Equal(got, want) {
		t.Errorf("%s is %v, want %v", i.Name, got, want)
	}
}

func TestValuesFollowTheBreakers(t *testing.T) {
	p, reader := provider(t)
	g := group.New(brittle)
	register(t, p, "shop", g)
	_ = call(t.Context(), g, "pay", nil)
	_ = call(t.Context(), g, "pay", errBackend)
	for range 5 {
		_ = call(t.Context(), g, "pay", nil)
	}
	got := collect(t, reader)
	for name, want := range map[string]map[string]float64{
		"circuit_breaker.state":         {"shop pay closed": 0, "shop pay half-open": 0, "shop pay open": 1},
		"circuit_breaker.transitions":   {"shop pay closed": 0, "shop pay half-open": 0, "shop pay open": 1},
		"circuit_breaker.call.admitted": {"shop pay": 2},
		"circuit_breaker.call.refused":  {"shop pay": 5},
		"circuit_breaker.call.finished": {"shop pay success": 1, "shop pay failure": 1, "shop pay overload": 0, "shop pay ignored": 0},
		"circuit_breaker.drop_ratio":    {"shop pay": 1},
	} {
		if got := points(t, got[name]); !maps.Equal(got, want) {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	g.Remove("pay")
	if got := points(t, collect(t, reader)["circuit_breaker.state"]); len(got) != 0 {
		t.Errorf("a key that was removed is shown still: %v", got)
	}
}

func TestSeveralGroupsUntilTheyAreUnregistered(t *testing.T) {
	p, reader := provider(t)
	shop, bank := group.New(brittle), group.New(brittle)
	unregister := register(t, p, "shop", shop)
	register(t, p, "bank", bank)
	_ = call(t.Context(), shop, "pay", nil)
	_ = call(t.Context(), bank, "pay", errBackend)
	want := map[string]float64{"shop pay": 0, "bank pay": 1}
	if got := points(t, collect(t, reader)["circuit_breaker.drop_ratio"]); !maps.Equal(got, want) {
		t.Errorf("the drop ratios are %v, want %v", got, want)
	}
	for range 2 {
		if err := unregister(); err != nil {
			t.Fatal(err)
		}
	}
	want = map[string]float64{"bank pay": 1}
	if got := points(t, collect(t, reader)["circuit_breaker.drop_ratio"]); !maps.Equal(got, want) {
		t.Errorf("once shop is gone, the drop ratios are %v, want %v", got, want)
	}
	late := shop.Get("late")
	_ = call(t.Context(), shop, "late", nil)
	if got := late.(circuit.Reporter).Snapshot().Admitted; got != 0 {
		t.Errorf("a breaker made since then counts its admissions: %d", got)
	}
}

// Without an option it is the global provider, even one that is set later.
func TestGlobalProvider(t *testing.T) {
	g := group.New(brittle)
	unregister, err := circuitotel.Register("shop", g, nil, circuitotel.WithMeterProvider(nil))
	if err != nil {
		t.Fatal(err)
	}
	g.Get("pay")
	p, reader := provider(t)
	otel.SetMeterProvider(p)
	if got := points(t, collect(t, reader)["circuit_breaker.drop_ratio"]); len(got) != 1 {
		t.Errorf("the drop ratios are %v", got)
	}
	if err := unregister(); err != nil {
		t.Fatal(err)
	}
	if got := points(t, collect(t, reader)["circuit_breaker.drop_ratio"]); len(got) != 0 {
		t.Errorf("after unregister the drop ratios are %v", got)
	}
}

// What a breaker doesn't tell has no point.
func TestUntoldValues(t *testing.T) {
	p, reader := provider(t)
	g := group.New(func(key string) circuit.Breaker {
		switch key {
		case "disabled":
			return nil
		case "foreign":
			return struct{ circuit.Breaker }{brittle(key)}
		}
		return uncounted{brittle(key).(reporter)}
	})
	register(t, p, "shop", g)
	for _, key := range []string{"disabled", "foreign", "uncounted\xff"} {
		_ = call(t.Context(), g, key, nil)
	}
	got := collect(t, reader)
	for name, want := range map[string]map[string]float64{
		"circuit_breaker.call.admitted":   {},
		"circuit_breaker.call.in_flight":  {},
		"circuit_breaker.drop_ratio":      {`shop "uncounted\xff"`: 0},
		"circuit_breaker.group.key.usage": {"shop": 3},
	} {
		if got := points(t, got[name]); !maps.Equal(got, want) {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

type reporter interface {
	circuit.Breaker
	circuit.Reporter
}

// uncounted shows itself, and can't count admissions.
type uncounted struct{ reporter }

func TestCollectingUnderTraffic(t *testing.T) {
	p, reader := provider(t)
	g := group.New(brittle, group.WithCap(20))
	unregister := register(t, p, "shop", g)
	done := make(chan struct{})
	var traffic sync.WaitGroup
	for c := range 4 {
		traffic.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
					_ = call(t.Context(), g, fmt.Sprint(c, "/", i%100), nil)
				}
			}
		})
	}
	for range 20 {
		states := points(t, collect(t, reader)["circuit_breaker.state"])
		closed := 0.0
		for _, v := range states {
			closed += v
		}
		if len(states) > 3*20 || closed != float64(len(states)/3) {
			t.Errorf("%d states are shown, of which %v are 1", len(states), closed)
		}
	}
	if err := unregister(); err != nil {
		t.Error(err)
	}
	close(done)
	traffic.Wait()
}
