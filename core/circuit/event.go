package circuit

import "time"

// Event is one change of a breaker's state.
type Event struct {
	Key    string    `json:"key,omitempty"` // in its group; empty for a breaker without one
	From   State     `json:"from"`
	To     State     `json:"to"`
	Reason string    `json:"reason"` // such as "too many failures" or "probe failed"
	At     time.Time `json:"at"`
	Before Snapshot  `json:"before"` // the breaker just before the change
}

// Observer is told of state changes after they happened: in order, one at a
// time for each breaker, with no lock held, by the goroutine whose call changed
// the state or by one that is telling already. A panic in it is contained. It
// should return soon: a breaker keeps at most 256 events for a slow observer,
// and drops what comes beyond.
type Observer func(Event)

// Observable is a breaker whose state changes can be followed.
type Observable interface {
	// Observe adds an observer, which stop takes away again. Events that
	// were already on their way may still arrive after stop.
	Observe(Observer) (stop func())
}
