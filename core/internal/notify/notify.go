// Package notify delivers a breaker's state changes to its observers.
//
// A [Queue] takes events under the breaker's lock, which puts them in order, and
// delivers them after the lock is released, by the goroutine that made the
// change: there is no goroutine of its own. One goroutine delivers at a time;
// events that others push meanwhile wait for it.
package notify

import (
	"slices"
	"sync"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// Limit is how many events wait for a slow observer; further ones are dropped.
const Limit = 256

// Queue is ready for use as its zero value.
type Queue struct {
	mu         sync.Mutex
	observers  []*circuit.Observer // replaced, never changed
	pending    []circuit.Event
	delivering bool
	dropped    uint32 // in the same word, and bound to stay below 1<<32
}

// Observe adds o, which stop takes away again.
func (q *Queue) Observe(o circuit.Observer) (stop func()) {
	if o == nil {
		return func() {}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.observers = append(slices.Clip(q.observers), &o)
	return func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.observers = slices.DeleteFunc(slices.Clone(q.observers), func(other *circuit.Observer) bool { return other == &o })
	}
}

// Push puts e in line, if anyone observes.
func (q *Queue) Push(e circuit.Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case len(q.observers) == 0:
	case len(q.pending) == Limit:
		q.dropped++
	default:
		q.pending = append(q.pending, e)
	}
}

// Dropped is the number of events that found the line full.
func (q *Queue) Dropped() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return uint64(q.dropped)
}

// Deliver tells the observers of all that is in line, unless another goroutine
// is at it, which then tells them of these events too.
func (q *Queue) Deliver() {
	q.mu.Lock()
	if q.delivering {
		q.mu.Unlock()
		return
	}
	q.delivering = true
	for len(q.pending) > 0 {
		e, observers := q.pending[0], q.observers
		q.pending = q.pending[1:]
		q.mu.Unlock()
		for _, o := range observers {
			q.tell(*o, e)
		}
		q.mu.Lock()
	}
	q.pending = nil
	q.delivering = false
	q.mu.Unlock()
}

// tell contains a panic of the observer. A Goexit can't be stopped: the next
// Deliver goes on with the line.
func (q *Queue) tell(o circuit.Observer, e circuit.Event) {
	returned := false
	defer func() {
		if recover() == nil && !returned {
			q.mu.Lock()
			q.delivering = false
			q.mu.Unlock()
		}
	}()
	o(e)
	returned = true
}
