package proof_test

import (
	"slices"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
)

const ms = time.Millisecond

func times(n int, v verb) []verb { return slices.Repeat([]verb{v}, n) }

// operator is what one does beside setting modes.
var operator = []verb{override, release, count}

func newHystrix(c hystrix.Config) (*hystrix.Breaker, error) { return hystrix.New(c) }

func ofHystrix() kind {
	return kindOf("hystrix", script{
		verbs: slices.Concat(times(8, acquire), times(10, settle), times(3, allow), times(5, mark),
			times(1, setMode), operator, times(1, change), times(2, snapshot)),
		steps: []time.Duration{0, 0, 262_143, ms, ms, 3 * ms, 3 * ms, 5*ms - 1, 7 * ms, 10 * ms, 21 * ms, 50 * ms},
		modes: []circuit.Mode{circuit.Auto, circuit.Auto, circuit.Auto, circuit.Observe, circuit.ForceOpen, circuit.ForceClose},
	}, drawHystrix, newHystrix, func(c *[configs]hystrix.Config, l ledger) porcupine.Model {
		m := hystrixModel{ledger: l, configs: c}
		m.passed()
		return modelOf(m)
	})
}

func ofSRE() kind {
	return kindOf("sre", script{
		verbs: slices.Concat(times(8, acquire), times(9, settle), times(4, allow), times(6, mark),
			times(1, setMode), operator, times(1, change), times(2, snapshot)),
		steps: []time.Duration{0, 0, 0, 262_143, ms / 2, ms, 2 * ms, 5 * ms, 11 * ms, 12 * ms, 50 * ms},
		modes: []circuit.Mode{circuit.Auto, circuit.Auto, circuit.Auto, circuit.ForceOpen, circuit.ForceClose},
	}, drawSRE, sre.New, func(c *[configs]sre.Config, l ledger) porcupine.Model {
		m := sreModel{ledger: l, configs: c, positive: -time.Hour}
		m.passed()
		return modelOf(m)
	})
}

func ofCredit() kind {
	return kindOf("credit", script{
		verbs: slices.Concat(times(9, acquire), times(9, settle), times(6, allow), times(4, mark),
			times(1, setMode), operator, times(1, change), times(2, snapshot)),
		steps:   []time.Duration{0, 0, 0, ms, 30 * ms, 60 * ms, 999 * ms, 2 * time.Second, 5 * time.Second, 61 * time.Second},
		modes:   []circuit.Mode{circuit.Auto, circuit.Auto, circuit.Auto, circuit.ForceOpen, circuit.ForceClose},
		results: 31,
	}, drawCredit, credit.New, func(c *[configs]credit.Config, l ledger) porcupine.Model {
		m := creditModel{ledger: l, configs: c}
		m.reset()
		return modelOf(m)
	})
}

func TestLinearizable(t *testing.T) {
	for _, run := range []struct {
		kind
		cold, hot int
	}{
		{ofHystrix(), 400, 200},
		{ofCredit(), 400, 200},
		{ofSRE(), 400, 200},
	} {
		t.Run(run.name, func(t *testing.T) {
			const part = 100
			for name, n := range map[string]int{"cold": run.cold, "hot": run.hot} {
				ops, overlaps := 0, 0
				for i := 0; i < n**long; i += part {
					hs := run.record(t, *seed+uint64(i), part, name == "hot", nil)
					overlaps += verify(t, hs)
					for _, h := range hs {
						ops += len(h.ops)
					}
				}
				t.Logf("%s: %d histories of %d operations, of which %d overlap", name, n**long, ops, overlaps)
			}
		})
	}
}
