package notify_test

import (
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/notify"
)

func event(reason string) circuit.Event { return circuit.Event{Reason: reason} }

// diary writes down the reasons of the events that it hears.
type diary struct {
	mu    sync.Mutex
	heard []string
}

func (d *diary) observe(e circuit.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.heard = append(d.heard, e.Reason)
}

func (d *diary) wants(t *testing.T, reasons string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if got := strings.Join(d.heard, " "); got != reasons {
		t.Errorf("heard %q, want %q", got, reasons)
	}
}

func push(q *notify.Queue, reasons ...string) {
	for _, r := range reasons {
		q.Push(event(r))
	}
}

func TestEventsComeInOrderToEachObserver(t *testing.T) {
	var q notify.Queue
	var a, b diary
	push(&q, "unheard") // nobody observes yet
	q.Observe(a.observe)
	push(&q, "1")
	q.Deliver()
	q.Observe(b.observe)
	push(&q, "2", "3")
	a.wants(t, "1") // not before Deliver
	q.Deliver()
	q.Deliver() // nothing comes twice
	a.wants(t, "1 2 3")
	b.wants(t, "2 3")
}

func TestObserversAreToldInTheOrderOfTheirComing(t *testing.T) {
	var q notify.Queue
	var d diary
	for _, name := range []string{"a", "b", "c"} {
		q.Observe(func(e circuit.Event) { d.observe(event(name + e.Reason)) })
	}
	push(&q, "1", "2")
	q.Deliver()
	d.wants(t, "a1 b1 c1 a2 b2 c2")
}

func TestNilObserver(t *testing.T) {
	var q notify.Queue
	stop := q.Observe(nil)
	push(&q, "1")
	q.Deliver()
	stop()
}

func TestStop(t *testing.T) {
	var q notify.Queue
	var a, b diary
	stopA := q.Observe(a.observe)
	// The same function twice is two observers: each stop takes its own.
	stopB1 := q.Observe(b.observe)
	stopB2 := q.Observe(b.observe)
	push(&q, "1")
	q.Deliver()
	stopB1()
	stopB1()
	push(&q, "2")
	q.Deliver()
	stopA()
	stopB2()
	push(&q, "3")
	q.Deliver()
	a.wants(t, "1 2")
	b.wants(t, "1 1 2")
}

func TestObserverMayStopItselfAndAddAnother(t *testing.T) {
	var q notify.Queue
	var first, second diary
	var stop func()
	stop = q.Observe(func(e circuit.Event) {
		first.observe(e)
		stop()
		q.Observe(second.observe)
	})
	push(&q, "1", "2")
	q.Deliver()
	first.wants(t, "1")
	second.wants(t, "2")
}

func TestPanicIsContained(t *testing.T) {
	var q notify.Queue
	var d diary
	q.Observe(func(e circuit.Event) {
		if e.Reason == "2" {
			panic(nil)
		}
		panic(e.Reason)
	})
	q.Observe(d.observe)
	push(&q, "1", "2", "3")
	q.Deliver()
	d.wants(t, "1 2 3")
	push(&q, "4")
	q.Deliver()
	d.wants(t, "1 2 3 4")
}

// An observer that fails a test by FailNow ends the goroutine that delivers. If
// the queue thought it was still at it, no event would ever be told again.
func TestGoexitDoesNotSilenceTheQueue(t *testing.T) {
	var q notify.Queue
	var d diary
	q.Observe(func(e circuit.Event) {
		d.observe(e)
		if e.Reason == "1" {
			runtime.Goexit()
		}
	})
	push(&q, "1", "2")
	done := make(chan struct{})
	go func() {
		defer close(done)
		q.Deliver()
		t.Error("Deliver returned, want the goroutine to end")
	}()
	<-done
	d.wants(t, "1")
	push(&q, "3")
	q.Deliver()
	d.wants(t, "1 2 3")
}

// A breaker's method called by an observer pushes and delivers while the
// delivery goes on. Its events come after, not inside.
func TestObserverMayPushAndDeliver(t *testing.T) {
	var q notify.Queue
	var d diary
	depth := 0
	q.Observe(func(e circuit.Event) {
		if depth++; depth > 1 {
			t.Errorf("event %q was told inside another", e.Reason)
		}
		defer func() { depth-- }()
		d.observe(e)
		if n, _ := strconv.Atoi(e.Reason); n < 5 {
			push(&q, strconv.Itoa(n+1))
			q.Deliver()
		}
	})
	push(&q, "1")
	q.Deliver()
	d.wants(t, "1 2 3 4 5")
}
