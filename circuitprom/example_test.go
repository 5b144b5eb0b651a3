package circuitprom_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/go-fusebox/fusebox/circuitprom"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// The README shows this.
func Example_readme() {
	g := group.New(guard.DefaultBreaker) // for the option WithGroup of the adapters
	prometheus.MustRegister(circuitprom.NewCollector("payments", g))
}

func Example() {
	g := group.New(brittle) // which the adapters take by WithGroup
	registry := prometheus.NewRegistry()
	registry.MustRegister(circuitprom.NewCollector("payments", g))
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))

	for range 3 {
		_ = call(context.Background(), g, "bank:443", errBackend)
	}

	page := httptest.NewRecorder()
	mux.ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for line := range strings.Lines(page.Body.String()) {
		if strings.HasPrefix(line, "circuit_breaker_call_refused_total") {
			fmt.Print(line)
		}
	}
	// Output:
	// circuit_breaker_call_refused_total{circuit_breaker_group_name="payments",circuit_breaker_key="bank:443"} 2
}

// Each group of a program has a name of its own.
func ExampleNewCollector() {
	clients, servers := group.New(brittle), group.New(brittle)
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		circuitprom.NewCollector("clients", clients),
		circuitprom.NewCollector("servers", servers),
	)
	families, err := registry.Gather()
	fmt.Println(len(families), err)
	// Output: 4 <nil>
}
