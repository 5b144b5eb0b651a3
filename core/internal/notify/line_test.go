package notify_test

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/notify"
)

func TestSlowObserverBoundsTheLine(t *testing.T) {
	var q notify.Queue
	var d diary
	entered, release := make(chan struct{}), make(chan struct{})
	q.Observe(func(e circuit.Event) {
		if e.Reason == "first" {
			close(entered)
			<-release
		}
		d.observe(e)
	})
	push(&q, "first")
	done := make(chan struct{})
	go func() { defer close(done); q.Deliver() }()
	<-entered

	var want []string
	for i := range notify.Limit + 44 {
		push(&q, strconv.Itoa(i))
		if i < notify.Limit {
			want = append(want, strconv.Itoa(i))
		}
	}
	q.Deliver() // returns at once, though the observer is stuck
	if got := q.Dropped(); got != 44 {
		t.Errorf("%d events were dropped, want 44", got)
	}
	close(release)
	<-done
	d.wants(t, "first "+strings.Join(want, " "))
	push(&q, "last")
	q.Deliver()
	if got := q.Dropped(); got != 44 {
		t.Errorf("%d events were dropped after the line was free again, want 44 still", got)
	}
	if got := d.heard[len(d.heard)-1]; got != "last" {
		t.Errorf("the last event heard is %q, want %q", got, "last")
	}
}

// Many goroutines change one breaker: its lock puts the events in order, and
// whoever delivers keeps that order.
func TestConcurrentDeliveryKeepsOrder(t *testing.T) {
	var q notify.Queue
	var inside atomic.Int32
	var heard []int // by one goroutine at a time, or the race detector speaks
	q.Observe(func(e circuit.Event) {
		if inside.Add(1) != 1 {
			t.Error("two events were told at once")
		}
		n, _ := strconv.Atoi(e.Reason)
		heard = append(heard, n)
		inside.Add(-1)
	})
	var breaker sync.Mutex
	next := 0
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				breaker.Lock()
				push(&q, strconv.Itoa(next))
				next++
				breaker.Unlock()
				q.Deliver()
			}
		})
	}
	wg.Wait()
	q.Deliver()
	if !slices.IsSorted(heard) {
		t.Error("events came out of order")
	}
	if got, want := uint64(len(heard))+q.Dropped(), uint64(4000); got != want {
		t.Errorf("%d events were told or dropped, want %d", got, want)
	}
}
