package main

import "time"

// script is when what happens, since the first call.
type script struct {
	faultAt, healAt, end time.Duration
}

func newScript(c config) script {
	return script{faultAt: c.healthy, healAt: c.healthy + c.fault, end: c.total()}
}

type phase int

const (
	healthy phase = iota
	failing
	recovering
)

func (p phase) String() string { return [...]string{"healthy", "fault", "recovery"}[p] }

// at is the phase of a moment, and how long it lasts from then.
func (s script) at(t time.Duration) (phase, time.Duration) {
	switch {
	case t < s.faultAt:
		return healthy, s.faultAt - t
	case t < s.healAt:
		return failing, s.healAt - t
	default:
		return recovering, max(0, s.end-t)
	}
}
