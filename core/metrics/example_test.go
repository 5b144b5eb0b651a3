package metrics_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/metrics"
)

// An exporter in a few lines: it prints what isn't 0.
func Example() {
	g := group.New(brittle)
	stop := metrics.CountAdmissions(g)
	defer stop()
	for range 3 {
		_ = circuit.Do(context.Background(), g.Get("pay"), func(context.Context) error { return errBackend })
	}

	for key, values := range metrics.Keys(g) {
		for _, instrument := range metrics.OfKey() {
			for _, member := range instrument.Members() {
				if values[0] != 0 {
					fmt.Println(key, strings.TrimSpace(instrument.Name+" "+member), values[0])
				}
				values = values[1:]
			}
		}
	}
	// Output:
	// pay circuit_breaker.state open 1
	// pay circuit_breaker.mode auto 1
	// pay circuit_breaker.call.admitted 1
	// pay circuit_breaker.call.refused 2
	// pay circuit_breaker.call.finished failure 1
	// pay circuit_breaker.drop_ratio 1
	// pay circuit_breaker.transitions open 1
}

func ExampleGroup() {
	g := group.New(brittle, group.WithCap(1000))
	g.Get("pay")
	for i, value := range metrics.Group(g) {
		fmt.Println(metrics.OfGroup()[i].Name, value)
	}
	// Output:
	// circuit_breaker.group.key.usage 1
	// circuit_breaker.group.key.limit 1000
	// circuit_breaker.group.key.evicted 0
	// circuit_breaker.group.lookup.overflowed 0
}

func ExamplePrintable() {
	fmt.Println(metrics.Printable("/greeter/Hello"), metrics.Printable("caf\xe9"))
	// Output: /greeter/Hello "caf\xe9"
}
