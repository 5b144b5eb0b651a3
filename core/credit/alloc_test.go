//go:build !race

// The race detector allocates, so these tests are not for it.

package credit_test

import (
	"math/rand/v2"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
)

func wantNoAllocs(t *testing.T, name string, f func()) {
	t.Helper()
	if got := testing.AllocsPerRun(1000, f); got != 0 {
		t.Errorf("%s: %v allocations for each call, want none", name, got)
	}
}

func TestCallsDoNotAllocate(t *testing.T) {
	b := newBreaker(t, credit.Config{})
	call := func(o circuit.Outcome) func() {
		return func() {
			if p, err := circuit.Acquire(b); err == nil {
				p.Done(o)
			}
		}
	}
	succeed, fail := call(circuit.Success), call(circuit.Failure)
	wantNoAllocs(t, "at rest", succeed)
	wantNoAllocs(t, "at rest, bare", func() {
		if b.Allow() == nil {
			b.MarkSuccess()
		}
	})
	i := 0
	wantNoAllocs(t, "failing now and then", func() {
		if i++; i%3 == 0 {
			fail()
		} else {
			succeed()
		}
	})
	if got := b.Snapshot(); got.State != closed || got.Total.Failures < 300 {
		t.Errorf("it is %+v, want closed after many failures", got)
	}

	b = tripped(t, credit.Config{}, rand.New(rand.NewPCG(1, 91)))
	wantNoAllocs(t, "in an outage", fail)
	before := b.Snapshot()
	wantNoAllocs(t, "refused", func() {
		if b.Allow() == nil {
			b.MarkFailed()
		}
	})
	if got := b.Snapshot(); got.State != open || got.Total.Refused < before.Total.Refused+900 {
		t.Errorf("it is %+v, want open after many refusals", got)
	}

	b = newBreaker(t, credit.Config{})
	for range 8 {
		b.MarkFailed()
	}
	src := rand.New(rand.NewPCG(2, 91))
	l := 0
	wantNoAllocs(t, "paced by overloads", func() {
		if p, err := b.Acquire(); err == nil {
			l++
			if src.IntN(4) == 0 {
				p.Done(circuit.Overload)
			} else {
				p.Success()
			}
		}
	})
	if got := b.Snapshot(); got.State != open || l < 100 {
		t.Errorf("it is %+v after %d admitted calls, want open", got, l)
	}
}
