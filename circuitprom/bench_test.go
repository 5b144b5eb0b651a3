package circuitprom_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/go-fusebox/fusebox/circuitprom"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
	"github.com/prometheus/client_golang/prometheus"
)

// factories make a breaker of each engine at its defaults.
var factories = []struct {
	engine string
	make   func(string) circuit.Breaker
}{
	{"credit", func(string) circuit.Breaker { return must(credit.New(credit.Config{})) }},
	{"hystrix", func(string) circuit.Breaker { return must(hystrix.New(hystrix.Config{})) }},
	{"sre", func(string) circuit.Breaker { return must(sre.New(sre.Config{})) }},
}

func must[T any](b T, err error) T {
	if err != nil {
		panic(err)
	}
	return b
}

// setUps are what may be on beside a breaker.
var setUps = []struct {
	name string
	on   func(*group.Group)
}{
	{"bare", func(*group.Group) {}},
	{"counted", func(g *group.Group) {
		g.Each(func(_ string, b circuit.Breaker) { b.(circuit.AdmissionCounter).CountAdmissions() })
	}},
	{"collector and observer", watched},
}

// watched has g observed, and read once.
func watched(g *group.Group) {
	g.Observe(func(circuit.Event) {})
	r := prometheus.NewRegistry()
	r.MustRegister(circuitprom.NewCollector("bench", g))
	if _, err := r.Gather(); err != nil {
		panic(err)
	}
}

// BenchmarkHealthyCall is what an admitted call that succeeds costs, with and without
// metrics: compare the cases of one engine, in one run.
func BenchmarkHealthyCall(b *testing.B) {
	for _, f := range factories {
		for _, s := range setUps {
			g := group.New(f.make)
			s.on(g)
			breaker := g.Get("pay").(circuit.Acquirer)
			name := f.engine + "/" + s.name
			b.Run(name+"/serial", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					healthy(b, breaker)
				}
			})
			b.Run(name+"/32 goroutines", func(b *testing.B) {
				b.ReportAllocs()
				b.SetParallelism(32 / runtime.GOMAXPROCS(0))
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						healthy(b, breaker)
					}
				})
			})
		}
	}
}

func healthy(t testing.TB, b circuit.Acquirer) {
	permit, err := b.Acquire()
	if err != nil {
		t.Error(err)
	}
	permit.Success()
}

// BenchmarkScrape gathers the 200,000 series of 10,000 keys.
func BenchmarkScrape(b *testing.B) {
	g := group.New(factories[0].make)
	r := prometheus.NewRegistry()
	r.MustRegister(circuitprom.NewCollector("bench", g))
	for i := range group.DefaultCap {
		g.Get(fmt.Sprint("/payments.v1.Payments/Method", i))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Gather(); err != nil {
			b.Fatal(err)
		}
	}
}
