package bulkhead

import (
	"sync"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// bareCalls are the calls that Allow admitted and no mark has ended, the oldest first.
type bareCalls struct {
	mu    sync.Mutex
	calls []bareCall
}

type bareCall struct {
	place circuit.Permit
	since time.Time
}

// add also forgets the calls of which no mark came within lifetime. They might have marks
// yet to come, but are more likely lost, and would be a place behind for ever.
func (b *bareCalls) add(place circuit.Permit, lifetime time.Duration) {
	now := time.Now()
	for {
		lost, ok := b.take(func(c bareCall) bool { return now.Sub(c.since) >= lifetime })
		if !ok {
			break
		}
		lost.Ignore()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = append(b.calls, bareCall{place, now})
}

// oldest is the place of the oldest call; the zero Permit if there is none.
func (b *bareCalls) oldest() circuit.Permit {
	place, _ := b.take(func(bareCall) bool { return true })
	return place
}

// take takes out the oldest call, if it is one that is wanted.
func (b *bareCalls) take(wanted func(bareCall) bool) (place circuit.Permit, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.calls) == 0 || !wanted(b.calls[0]) {
		return circuit.Permit{}, false
	}
	place = b.calls[0].place
	b.calls[0] = bareCall{}
	b.calls = b.calls[1:]
	return place, true
}
