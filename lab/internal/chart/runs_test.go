package chart_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
	"github.com/go-fusebox/fusebox/lab/internal/chart"
	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

// overload offers twice what the backend can serve.
func overload() sim.Scenario {
	return sim.Scenario{
		Name: "overload", About: "Ten clients offer twice what the backend can serve; a refusal costs it a quarter of a service.",
		Duration: 60 * time.Second,
		Backend:  sim.Backend{Capacity: 1000, Latency: 10 * time.Millisecond, Queue: 50 * time.Millisecond, RefusalCost: .25},
		Traffic:  sim.Traffic{Clients: 10, Rate: 2000},
		Phases:   []sim.Phase{{Rate: 1, Capacity: 1}},
	}
}

// outage fails every call for 30 of 70 seconds.
func outage() sim.Scenario {
	return sim.Scenario{
		Name: "outage", About: "The backend fails every call for 30 s.",
		Duration: 70 * time.Second,
		Backend:  sim.Backend{Latency: 10 * time.Millisecond},
		Traffic:  sim.Traffic{Clients: 1, Rate: 100},
		Phases: []sim.Phase{
			{Rate: 1, Capacity: 1},
			{At: 10 * time.Second, Rate: 1, Capacity: 1, Errors: 1},
			{At: 40 * time.Second, Rate: 1, Capacity: 1},
		},
	}
}

// brownout takes capacity away in steps.
func brownout() sim.Scenario {
	s := overload()
	s.Name, s.About = "brownout", "The backend loses half of its capacity, then nine tenths, then has it back."
	s.Traffic.Rate = 800
	s.Phases = []sim.Phase{
		{Rate: 1, Capacity: 1},
		{At: 15 * time.Second, Rate: 1, Capacity: .5},
		{At: 30 * time.Second, Rate: 1, Capacity: .1},
		{At: 45 * time.Second, Rate: 1, Capacity: 1},
	}
	return s
}

type engine struct {
	name string
	make func() (circuit.Breaker, error)
}

func engines() []engine {
	return []engine{
		{"no breaker", func() (circuit.Breaker, error) { return circuit.Disabled{}, nil }},
		{"sre", func() (circuit.Breaker, error) { return sre.New(sre.Config{}) }},
		{"hystrix", func() (circuit.Breaker, error) { return hystrix.New(hystrix.Config{}) }},
	}
}

// simulate runs a scenario with each engine.
func simulate(t *testing.T, s sim.Scenario) []chart.Panel {
	t.Helper()
	var panels []chart.Panel
	for _, e := range engines() {
		synctest.Test(t, func(t *testing.T) {
			r, err := sim.Run(t.Context(), s, 1, true, func(int) circuit.Breaker {
				b, err := e.make()
				if err != nil {
					t.Error(err)
				}
				return b
			})
			if err != nil {
				t.Fatal(err)
			}
			all := r.Sum(0, s.Duration)
			note := fmt.Sprintf("%s: served %.0f %% of %d calls", e.name, 100*float64(all.Served)/float64(all.Offered), all.Offered)
			panels = append(panels, chart.Panel{Title: e.name, Note: note, Result: r})
		})
	}
	return panels
}
