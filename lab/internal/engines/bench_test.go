package engines_test

import (
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/lab/internal/engines"
	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

// BenchmarkRun is what a minute of ten clients costs, at 200 calls a second each,
// a third of it in an outage.
func BenchmarkRun(b *testing.B) {
	s := outage
	s.Duration = time.Minute
	s.Traffic = sim.Traffic{Clients: 10, Rate: 2000}
	for _, e := range engines.All() {
		b.Run(e.Name, func(b *testing.B) {
			calls := 0
			for b.Loop() {
				ok := testing.RunTests(all, []testing.InternalTest{{Name: e.Name, F: func(t *testing.T) {
					calls += run(t, e, s, 1).Sum(0, s.Duration).Offered
				}}})
				if !ok {
					b.Fatal("the run failed")
				}
			}
			b.ReportMetric(float64(calls)/b.Elapsed().Seconds(), "calls/s")
		})
	}
}

// all matches any test. A bubble is entered from a test alone.
func all(_, _ string) (bool, error) { return true, nil }
