package group_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

func TestRefIsGetOfItsKey(t *testing.T) {
	g := group.New(newDial)
	r := g.Ref("a")
	if g.Len() != 0 {
		t.Error("a Ref that nobody asked takes up room")
	}
	first := r.Get()
	if first != g.Get("a") || first != r.Get() || first == g.Get("b") {
		t.Error("a Ref has another breaker than its key")
	}
	g.Remove("a")
	second := r.Get()
	if second == first || second != g.Get("a") {
		t.Error("after Remove a Ref has another breaker than its key")
	}
	if got := testing.AllocsPerRun(100, func() { r.Get() }); got != 0 {
		t.Errorf("Get costs %v allocations, want 0", got)
	}
}

func TestRefOfAKeyThatIsNotKept(t *testing.T) {
	g := group.New(newDial)
	r := g.Ref(strings.Repeat("k", group.MaxKeyLen+1))
	for range 3 {
		if r.Get() != g.Get(group.OverflowKey) {
			t.Error("a key that is too long has a breaker of its own")
		}
	}
}

// Asking a Ref is a use of its key, which outlives a flood of others; one that isn't
// asked goes, and is made anew.
func TestRefIsAUseOfItsKey(t *testing.T) {
	g := group.New(newDial, group.WithCap(100))
	hot, cold := g.Ref("hot"), g.Ref("cold")
	stays, goes := hot.Get(), cold.Get()
	for i := range 10_000 {
		g.Get(fmt.Sprint(i))
		if hot.Get() != stays {
			t.Fatalf("evicted after %d other keys, though it was in use", i)
		}
	}
	if again := cold.Get(); again == goes || again != g.Get("cold") {
		t.Error("the Ref of an evicted key has kept its breaker")
	}
}

func TestRefWhileItsKeyComesAndGoes(t *testing.T) {
	g := group.New(newDial)
	r := g.Ref("a")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 10_000 {
				if b := r.Get(); b.(*dial).key != "a" {
					t.Errorf("got the breaker of %q", b.(*dial).key)
				}
			}
		})
	}
	wg.Go(func() {
		for range 1000 {
			g.Remove("a")
		}
	})
	wg.Wait()
	if r.Get() != g.Get("a") {
		t.Error("the Ref was left with a breaker that is gone")
	}
}

// A Ref is the key's breaker as it is at each call, whatever became of the one before.
func TestRefIsABreaker(t *testing.T) {
	g := group.New(func(string) circuit.Breaker {
		b, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 1})
		if err != nil {
			t.Fatal(err)
		}
		return b
	})
	r := g.Ref("a")
	totals := func() circuit.Counts {
		reporter, ok := circuit.As[circuit.Reporter](r)
		if !ok {
			t.Fatal("As finds no snapshot through a Ref")
		}
		return reporter.Snapshot().Total
	}
	r.MarkSuccess()
	early, err := r.Acquire()
	if err != nil {
		t.Fatal(err)
	}
	r.MarkFailed()
	if r.Allow() == nil {
		t.Error("the Ref of an open breaker admits")
	}
	if _, err := circuit.Acquire(r); err == nil {
		t.Error("the Ref of an open breaker hands out a permit")
	}
	if got, want := totals(), (circuit.Counts{Successes: 1, Failures: 1, Refused: 2}); got != want {
		t.Errorf("counts %+v, want %+v", got, want)
	}

	g.Remove("a")
	if err := r.Allow(); err != nil {
		t.Errorf("the Ref of a new breaker: %v", err)
	}
	early.Failure() // of the old one
	if got := totals(); got != (circuit.Counts{}) {
		t.Errorf("counts %+v, want none", got)
	}
	p, _ := r.Acquire()
	if got := testing.AllocsPerRun(100, func() { p, _ = r.Acquire(); p.Success() }); got != 0 {
		t.Errorf("a call costs %v allocations, want 0", got)
	}
}
