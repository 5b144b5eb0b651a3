package circuitadmin

import (
	"math"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// report is b's snapshot, false if b has none or panics. What no JSON can hold, which
// only foreign breakers have, is put right.
func report(b circuit.Breaker) (s circuit.Snapshot, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	r, ok := circuit.As[circuit.Reporter](b)
	if !ok {
		return s, false
	}
	s = r.Snapshot()
	if s.State > circuit.Open {
		s.State = circuit.Closed
	}
	if s.Mode > circuit.ForceClose {
		s.Mode = circuit.Auto
	}
	if s.BaseMode > circuit.ForceClose {
		s.BaseMode = circuit.Auto
	}
	s.Engine = text(s.Engine)
	s.DropRatio = min(max(finite(s.DropRatio), 0), 1)
	s.Deficit, s.Credit = finite(s.Deficit), finite(s.Credit)
	return s, true
}

func finite(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}
