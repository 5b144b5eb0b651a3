package probes

import (
	"math"
	"testing"
	"time"
)

// An id of 0 is that of a call which is no probe.
func TestIDsWrapPastZero(t *testing.T) {
	s, b := Set{lastID: math.MaxUint32 - 1}, Bounds{Most: 3, Lifetime: time.Second}
	for _, want := range []uint32{math.MaxUint32, 1, 2} {
		if id, ok := s.Start(0, b, false); !ok || id != want {
			t.Errorf("Start = %d, %v, want %d", id, ok, want)
		}
	}
}
