package bulkhead_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// gauge is a limit of somebody's: it has no idea of lost calls.
type gauge struct {
	free    int
	results []circuit.Result
}

func (g *gauge) Acquire() (circuit.Permit, error) {
	if g.free == 0 {
		return circuit.Permit{}, bulkhead.ErrFull
	}
	g.free--
	return circuit.NewPermit(g, 0), nil
}

func (g *gauge) Settle(_ uint64, o circuit.Outcome) { g.SettleResult(0, circuit.Result{Outcome: o}) }
func (g *gauge) SettleResult(_ uint64, r circuit.Result) {
	g.free++
	g.results = append(g.results, r)
}

func (g *gauge) Stats() bulkhead.Stats { return bulkhead.Stats{Max: 2, InFlight: 99, Rejected: 99} }

// What a limit that adapts needs to know.
func TestLimitHearsOfEachCallOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own := &gauge{free: 2}
		l := expiring(t, own, time.Minute)
		g := bulkhead.Guard(nil, l).(circuit.Acquirer)
		quick, timed := admitted(t, g), admitted(t, g)
		full(t, g)
		time.Sleep(20 * time.Millisecond)
		quick.Success()
		quick.Failure()
		timed.End(circuit.Result{Outcome: circuit.Failure, Kind: circuit.KindTimeout, Duration: time.Second})
		admitted(t, g)
		time.Sleep(time.Minute)
		admitted(t, g)
		wantStats(t, l, bulkhead.Stats{InFlight: 1, Max: 2, Rejected: 1, Expired: 1})
		want := []circuit.Result{
			{Outcome: circuit.Success, Duration: 20 * time.Millisecond},
			{Outcome: circuit.Failure, Kind: circuit.KindTimeout, Duration: time.Second},
			{Outcome: circuit.Ignored}, // lost
		}
		if !slices.Equal(own.results, want) {
			t.Errorf("the limit heard\n%+v\nwant\n%+v", own.results, want)
		}
	})
}
