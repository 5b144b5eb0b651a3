package circuitfile_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/circuitfile"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// Thousands of documents, every third one bad, while calls go on: each is told of once,
// in order; after each the last good one is in force; no call is refused that the rules
// don't have refused; and no breaker loses its window.
func TestThousandsOfDocumentsUnderTraffic(t *testing.T) {
	documents := 2001
	if testing.Short() {
		documents = 300
	}
	dir := t.TempDir()
	kubelet(t, dir, good(4))
	path := dir + "/rules.yaml"
	w := watch(t, path, circuitfile.WithQuiet(500*time.Microsecond))
	free := w.group.Get("k")
	for range 3 {
		free.MarkSuccess()
	}

	var callers sync.WaitGroup
	end := make(chan struct{})
	for range 2 {
		callers.Go(func() {
			for {
				select {
				case <-end:
					return
				case <-time.After(50 * time.Microsecond):
				}
				if permit, err := circuit.Acquire(w.group.Get("k")); err != nil {
					t.Error("a call was refused that no rule has refused:", err)
				} else {
					permit.Success()
				}
				if err := w.group.Get("forced").Allow(); !errors.Is(err, circuit.ErrNotAllowed) {
					t.Error("a call was let through that each rule has refused")
				}
			}
		})
	}

	stop := sync.OnceFunc(func() { close(end); callers.Wait() })
	defer stop()
	applied, rejected, inForce := 0, 0, 4
	for n := range documents {
		if n%3 == 2 {
			kubelet(t, dir, bad(n+1))
		} else {
			inForce = 5 + n%50
			kubelet(t, dir, good(inForce))
		}
		got := w.next()
		if got.err != nil {
			rejected++
		} else {
			applied++
		}
		if bad := n%3 == 2; bad != (got.err != nil) {
			t.Fatalf("document %d: told %v, %v", n, got.done, got.err)
		}
		w.inForce(inForce)
	}
	stop()
	w.silent()
	if want := documents / 3; applied != documents-want || rejected != want {
		t.Errorf("%d documents were applied and %d rejected, want %d and %d", applied, rejected, documents-want, want)
	}
	if w.group.Get("k") != free {
		t.Error("the breaker was made anew")
	}
}
