package circuitprom_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-fusebox/fusebox/circuitprom"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

// All that a key and a group show, as Prometheus reads it.
const onePay = `
# HELP circuit_breaker_call_admitted_total Calls that were let through, since this was first exported.
# TYPE circuit_breaker_call_admitted_total counter
circuit_breaker_call_admitted_total{circuit_breaker_group_name="shop",circuit_breaker_key="pay"} 1
# HELP circuit_breaker_call_finished_total Admitted calls that ended, by how they were judged; an overload is not counted as a failure, too.
# TYPE circuit_breaker_call_finished_total counter
circuit_breaker_call_finished_total{circuit_breaker_group_name="shop",circuit_breaker_key="pay",circuit_breaker_outcome="failure"} 1
circuit_breaker_call_finished_total{circuit_breaker_group_name="shop",circuit_breaker_key="pay",circuit_breaker_outcome="ignored"} 0
circuit_breaker_call_finished_total{circuit_breaker_group_name="shop",circuit_breaker_key="pay",circuit_breaker_outcome="overload"} 0
circuit_breaker_call_finished_total{circuit_breaker_group_name="shop",circuit_breaker_key="pay",circuit_breaker_outcome="success"} 0
# HELP circuit_breaker_call_in_flight Calls that were admitted, since this was first exported, and not judged yet; those that never are stay here.
# TYPE circuit_breaker_call_in_flight gauge
circuit_breaker_call_in_flight{circuit_breaker_group_name="shop",circuit_breaker_key="pay"} 0
# HELP circuit_breaker_call_refused_total Calls that were refused.
# TYPE circuit_breaker_call_refused_total counter
circuit_breaker_call_refused_total{circuit_breaker_group_name="shop",circuit_breaker_key="pay"} 2
# HELP circuit_breaker_call_would_refuse_total Calls that mode observe let through in place of refusing them.
# TYPE circuit_breaker_call_would_refuse_total counter
circuit_breaker_call_would_refuse_total{circuit_breaker_group_name="shop",circuit_breaker_key="pay"} 0
# HELP circuit_breaker_drop_ratio Share of calls that would be refused now, from 0 to 1.
# TYPE circuit_breaker_drop_ratio gauge
circuit_breaker_drop_ratio{circuit_breaker_group_name="shop",circuit_breaker_key="pay"} 1
# HELP circuit_breaker_event_dropped_total Changes of state that observers were not told of, since they were too slow.
# TYPE circuit_breaker_event_dropped_total counter
circuit_breaker_event_dropped_total{circuit_breaker_group_name="shop",circuit_breaker_key="pay"} 0
# HELP circuit_breaker_group_key_evicted_total Keys that made room for others.
# TYPE circuit_breaker_group_key_evicted_total counter
circuit_breaker_group_key_evicted_total{circuit_breaker_group_name="shop"} 0
# HELP circuit_breaker_group_key_limit Keys that the group holds at most.
# TYPE circuit_breaker_group_key_limit gauge
circuit_breaker_group_key_limit{circuit_breaker_group_name="shop"} 10
# HELP circuit_breaker_group_key_usage Keys that the group holds, the overflow breaker not counted.
# TYPE circuit_breaker_group_key_usage gauge
circuit_breaker_group_key_usage{circuit_breaker_group_name="shop"} 1
# HELP circuit_breaker_group_lookup_overflowed_total Lookups of a key that were answered by the overflow breaker.
# TYPE circuit_breaker_group_lookup_overflowed_total counter
circuit_breaker_group_lookup_overflowed_total{circuit_breaker_group_name="shop"} 0
# HELP circuit_breaker_mode Whether the breaker is in this mode: 1, or else 0.
# TYPE circuit_breaker_mode gauge
circuit_breaker_mode{circuit_breaker_group_name="shop",circuit_breaker_key="pay",circuit_breaker_mode="auto"} 1
circuit_breaker_mode{circuit_breaker_group_name="shop",circuit_breaker_key="pay",circuit_breaker_mode="force-close"} 0
circuit_breaker_mode{circuit_breaker_group_name="shop",circuit_breaker_key="pay",circuit_breaker_mode="force-open"} 0
circuit_breaker_mode{circuit_breaker_group_name="shop",circuit_breaker_key="pay",circuit_breaker_mode="observe"} 0
# HELP circuit_breaker_state Whether the breaker is in this state: 1, or else 0.
# TYPE circuit_breaker_state gauge
circuit_breaker_state{circuit_breaker_group_name="shop",circuit_breaker_key="pay",circuit_breaker_state="closed"} 0
circuit_breaker_state{circuit_breaker_group_name="shop",circuit_breaker_key="pay",circuit_breaker_state="half-open"} 0
circuit_breaker_state{circuit_breaker_group_name="shop",circuit_breaker_key="pay",circuit_breaker_state="open"} 1
# HELP circuit_breaker_transitions_total Changes of state, by the state that was entered.
# TYPE circuit_breaker_transitions_total counter
circuit_breaker_transitions_total{circuit_breaker_group_name="shop",circuit_breaker_key="pay",circuit_breaker_state="closed"} 0
circuit_breaker_transitions_total{circuit_breaker_group_name="shop",circuit_breaker_key="pay",circuit_breaker_state="half-open"} 0
circuit_breaker_transitions_total{circuit_breaker_group_name="shop",circuit_breaker_key="pay",circuit_breaker_state="open"} 1
`

func TestScrapeOverHTTP(t *testing.T) {
	g := group.New(brittle, group.WithCap(10))
	r := registered(t, "shop", g)
	server := httptest.NewServer(promhttp.HandlerFor(r, promhttp.HandlerOpts{}))
	defer server.Close()
	for range 3 {
		_ = call(t.Context(), g, "pay", errBackend)
	}
	if err := testutil.ScrapeAndCompare(server.URL, strings.NewReader(onePay)); err != nil {
		t.Error(err)
	}
}

func TestLint(t *testing.T) {
	g := group.New(brittle)
	r := registered(t, "shop", g)
	g.Get("pay")
	problems, err := testutil.GatherAndLint(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestSeveralGroupsInOneRegistry(t *testing.T) {
	shop, bank := group.New(brittle), group.New(brittle)
	r := registered(t, "shop", shop)
	if err := r.Register(circuitprom.NewCollector("bank", bank)); err != nil {
		t.Fatal(err)
	}
	_ = call(t.Context(), shop, "pay", errBackend)
	_ = call(t.Context(), bank, "pay", nil)
	state := gather(t, r)["circuit_breaker_state"]
	if got := value(t, state, "shop", "pay", "open"); got != 1 {
		t.Errorf("shop's breaker is open: %v, want 1", got)
	}
	if got := value(t, state, "bank", "pay", "open"); got != 0 {
		t.Errorf("bank's breaker is open: %v, want 0", got)
	}
}

// Two groups of one name would show two values for one series.
func TestNameIsTakenOnce(t *testing.T) {
	r := registered(t, "shop", group.New(brittle))
	second := circuitprom.NewCollector("shop", group.New(brittle))
	if err := r.Register(second); err == nil {
		t.Fatal("a second group of the name was registered")
	}
	if !r.Unregister(second) { // which is by what it describes
		t.Fatal("the first can't be unregistered")
	}
	if err := r.Register(second); err != nil {
		t.Errorf("once the first is gone: %v", err)
	}
}

// Wrappers add labels to the slices that they get, which a key's series share.
func TestUnderWrappedRegisterers(t *testing.T) {
	g := group.New(brittle)
	r := prometheus.NewPedanticRegistry()
	for _, zone := range []string{"a", "b"} {
		wrapped := prometheus.WrapRegistererWith(prometheus.Labels{"a_zone": zone, "zone": zone}, r)
		if err := prometheus.WrapRegistererWithPrefix("my_", wrapped).Register(circuitprom.NewCollector("shop", g)); err != nil {
			t.Fatal(err)
		}
	}
	_ = call(t.Context(), g, "pay", errBackend)
	families := gather(t, r)
	for _, zone := range []string{"a", "b"} {
		for _, state := range []string{"closed", "half-open", "open"} {
			want := 0.0
			if state == "open" {
				want = 1
			}
			if got := value(t, families["my_circuit_breaker_state"], zone, "shop", "pay", state); got != want {
				t.Errorf("in zone %s, %s is %v, want %v", zone, state, got, want)
			}
		}
	}
}

// One key that isn't UTF-8 would fail the whole scrape.
func TestStrangeKeysAndNames(t *testing.T) {
	g := group.New(brittle)
	r := registered(t, "caf\xe9", g)
	keys := []string{"", "\xff", `"\xff"`, "line\nbreak", `quote"`, `back\slash`, "größe", strings.Repeat("k", group.MaxKeyLen+1)}
	for _, key := range keys {
		g.Get(key)
	}
	server := httptest.NewServer(promhttp.HandlerFor(r, promhttp.HandlerOpts{}))
	defer server.Close()
	n, err := testutil.GatherAndCount(r, "circuit_breaker_drop_ratio")
	if err != nil || n != len(keys) {
		t.Errorf("%d keys are shown, %v, want %d", n, err, len(keys))
	}
	problems, err := promlint.New(strings.NewReader(get(t, server.URL))).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("the text can't be read: %v %v", problems, err)
	}
	if got := value(t, gather(t, r)["circuit_breaker_group_key_usage"], `"caf\xe9"`); got != float64(len(keys)-1) {
		t.Errorf("there are %v keys, want %d", got, len(keys)-1)
	}
}

// What a breaker doesn't tell is no series, and doesn't hide those of others.
func TestUnguardedKeys(t *testing.T) {
	g := group.New(func(key string) circuit.Breaker {
		switch key {
		case "disabled":
			return nil
		case "foreign":
			return struct{ circuit.Breaker }{brittle(key)}
		case "uncounted":
			return uncounted{brittle(key).(reporter)}
		}
		return brittle(key)
	})
	r := registered(t, "shop", g)
	for _, key := range []string{"disabled", "foreign", "uncounted", "pay"} {
		_ = call(t.Context(), g, key, nil)
	}
	families := gather(t, r)
	for name, want := range map[string]int{"circuit_breaker_call_admitted_total": 1, "circuit_breaker_call_in_flight": 1, "circuit_breaker_drop_ratio": 2, "circuit_breaker_state": 6} {
		if got := len(families[name].GetMetric()); got != want {
			t.Errorf("%s has %d series, want %d", name, got, want)
		}
	}
	if got := value(t, families["circuit_breaker_call_finished_total"], "uncounted", "success"); got != 1 {
		t.Errorf("%v calls finished, want 1", got)
	}
	if got := value(t, families["circuit_breaker_group_key_usage"]); got != 4 {
		t.Errorf("the group has %v keys, want 4", got)
	}
}

type reporter interface {
	circuit.Breaker
	circuit.Reporter
}

// uncounted shows itself, and can't count admissions.
type uncounted struct{ reporter }
