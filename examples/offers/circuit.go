package main

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// breaker is where the state lives. One that keeps it outside of the process, for several
// services to share, can come in its place: nothing else in this program knows.
type breaker interface {
	circuit.Acquirer
	circuit.Reporter
	circuit.Observable
}

// inMemory opens after three failures in a row, and tries again after 15 s. The window is
// only what the failures that are shown come from.
func inMemory() (breaker, error) {
	return hystrix.New(hystrix.Config{
		ErrorPercentThreshold: -1,
		ConsecutiveFailures:   3,
		SleepWindow:           15 * time.Second,
		SleepJitter:           -1, // for the same numbers in each run; a fleet leaves it alone
		SuccessesToClose:      2,
		Window:                time.Minute,
	})
}

// status is the answer to GET /offer/circuit.
type status struct {
	State    circuit.State `json:"state"`
	Failures uint64        `json:"failures"` // in the last minute, since the circuit was closed
}

func statusOf(b circuit.Reporter) status {
	s := b.Snapshot()
	return status{State: s.State, Failures: s.Window.Failures}
}
