//go:build !race

// The race detector allocates, so this test is not for it.

package guard_test

import (
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/guard"
)

// What each call of each adapter pays.
func TestCallDoesNotAllocate(t *testing.T) {
	g := guard.New(guard.Config{}, circuit.DefaultClassifier)
	ctx := t.Context()
	if got := testing.AllocsPerRun(1000, func() {
		permit, err := g.Acquire("/greet.Greeter/Hello")
		if err != nil {
			t.Error(err)
		}
		permit.Done(g.Judge(ctx, nil))
	}); got != 0 {
		t.Errorf("a call costs %v allocations, want 0", got)
	}
}
