package sim

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// event is something that will happen to one call.
type event struct {
	at      time.Duration
	seq     uint64 // events of one time happen in the order of their making
	client  int32
	step    int32 // in which the call was offered
	attempt int8
	retry   bool // an attempt is to be made; else one ends
	outcome circuit.Outcome
	permit  circuit.Permit
}

// events are a heap by time.
type events struct {
	heap []event
	seq  uint64
}

func before(a, b *event) bool { return a.at < b.at || a.at == b.at && a.seq < b.seq }

func (q *events) push(e event) {
	q.seq++
	e.seq = q.seq
	q.heap = append(q.heap, e)
	h := q.heap
	i := len(h) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !before(&e, &h[parent]) {
			break
		}
		h[i] = h[parent]
		i = parent
	}
	h[i] = e
}

func (q *events) pop() event {
	h := q.heap
	first, last := h[0], h[len(h)-1]
	h[len(h)-1] = event{}
	h = h[:len(h)-1]
	q.heap = h
	i := 0
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && before(&h[child+1], &h[child]) {
			child++
		}
		if !before(&h[child], &last) {
			break
		}
		h[i] = h[child]
		i = child
	}
	if len(h) > 0 {
		h[i] = last
	}
	return first
}
