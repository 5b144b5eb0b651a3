//go:build !race

// The race detector allocates, so this test is not for it.

package bulkhead_test

import (
	"testing"

	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
)

func TestCallDoesNotAllocate(t *testing.T) {
	for name, suite := range engines(t) {
		g := bulkhead.Guard(suite.New(), newBulkhead(t, bulkhead.Config{Max: 1}))
		call := func() {
			p, err := circuit.Acquire(g)
			if err != nil {
				t.Error(err)
			}
			p.Success()
		}
		if got := testing.AllocsPerRun(1000, call); got != 0 {
			t.Errorf("%s: a call costs %v allocations, want 0", name, got)
		}
		p, err := circuit.Acquire(g)
		if err != nil {
			t.Fatal(err)
		}
		if got := testing.AllocsPerRun(1000, func() {
			if _, err := circuit.Acquire(g); err == nil {
				t.Error("admitted")
			}
		}); got != 0 {
			t.Errorf("%s: a refused call costs %v allocations, want 0", name, got)
		}
		p.Success()
	}
}
