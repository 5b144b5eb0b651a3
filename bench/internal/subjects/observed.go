package subjects

import (
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/go-fusebox/fusebox/circuitprom"
	"github.com/go-fusebox/fusebox/circuitslog"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
)

// Observed is what the names of ours end with when all that watches breakers is on.
const Observed = ", observed"

// observed are ours again, in a group that has its metrics exported, its events followed
// and its log kept.
func observed() []Subject {
	const about = byPermit + "; with circuitprom, circuitslog and an observer"
	return []Subject{
		{Name: "credit" + Observed, About: about, Ours: true, Only: "healthy", New: func() (any, Loop) {
			b := watched(must(credit.New(credit.Config{})))
			return b, creditLoop(b)
		}},
		{Name: "sre" + Observed, About: about, Ours: true, Only: "healthy", New: func() (any, Loop) {
			b := watched(must(sre.New(sre.Config{})))
			return b, sreLoop(b)
		}},
		{Name: "hystrix" + Observed, About: about, Ours: true, Only: "healthy", New: func() (any, Loop) {
			b := watched(must(hystrix.New(hystrix.Config{})))
			return b, hystrixLoop(b)
		}},
	}
}

// watched puts b into a group that is watched in every way.
func watched[B circuit.Breaker](b B) B {
	g := group.New(func(string) circuit.Breaker { return b }, group.WithObserver(func(circuit.Event) {}))
	registry := prometheus.NewRegistry()
	registry.MustRegister(circuitprom.NewCollector("bench", g))
	circuitslog.Follow(g, slog.New(slog.DiscardHandler))
	g.Get("key")
	if _, err := registry.Gather(); err != nil {
		panic(err) // it is ours alone
	}
	return b
}
