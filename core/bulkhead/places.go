package bulkhead

import (
	"sync"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// places are those that calls hold, the oldest first. All that is said of them is under
// their lock.
type places struct {
	sync.Mutex
	start   time.Time
	ring    place // of those held: next is the oldest, prev the latest
	free    *place
	taken   int
	expired uint64
}

// place is that of one call. When the call has ended, the next one gets it.
type place struct {
	of         *places
	prev, next *place
	use        uint64 // the token of the call that holds it; each has another one
	since      time.Duration
	permit     circuit.Permit // that the place stands for, if any
}

// open is called once, before all else.
func (s *places) open() {
	s.start = time.Now()
	s.ring.prev, s.ring.next = &s.ring, &s.ring
}

func (s *places) clock() time.Duration { return time.Since(s.start) }

// take makes a place for a call that begins now.
func (s *places) take(now time.Duration, permit circuit.Permit) circuit.Permit {
	p := s.free
	if p == nil {
		p = &place{of: s}
	} else {
		s.free = p.next
	}
	p.since, p.permit = now, permit
	p.prev, p.next = s.ring.prev, &s.ring
	p.prev.next, s.ring.prev = p, p
	s.taken++
	return circuit.NewPermit(p, p.use)
}

// overdue reports whether the oldest place is held for longer than it may be.
func (s *places) overdue(now, lifetime time.Duration) bool {
	return s.taken > 0 && now-s.ring.next.since >= lifetime
}

// expire takes the oldest place back.
func (s *places) expire() circuit.Permit {
	s.expired++
	return s.end(s.ring.next)
}

func (s *places) end(p *place) circuit.Permit {
	permit := p.permit
	p.prev.next, p.next.prev = p.next, p.prev
	p.use++
	p.permit = circuit.Permit{}
	p.prev, p.next = nil, s.free
	s.free = p
	s.taken--
	return permit
}

// Settle is [circuit.Settler]'s.
func (p *place) Settle(token uint64, o circuit.Outcome) {
	p.SettleResult(token, circuit.Result{Outcome: o})
}

// SettleResult is [circuit.ResultSettler]'s.
func (p *place) SettleResult(token uint64, r circuit.Result) {
	p.of.Lock()
	if p.use != token { // settled before, or expired
		p.of.Unlock()
		return
	}
	if p.permit != (circuit.Permit{}) && r.Duration == 0 {
		r.Duration = p.of.clock() - p.since
	}
	permit := p.of.end(p)
	p.of.Unlock()
	permit.End(r)
}
