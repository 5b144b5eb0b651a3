// Package measure takes the time of many cases side by side.
//
// A [Case] is a loop of calls on one subject. [Plan.Run] goes through all cases,
// round after round, one short batch of each, so that whatever slows the machine
// down for a while slows all of them. A [Figure] is the median of a case's rounds,
// with its quartiles, and the fastest and the slowest.
//
// The time of a call is the wall time of a batch by the number of calls in it. With
// several goroutines that is the time of all together: on two processors that don't
// hinder each other, half of what a call costs.
//
// Allocations are counted, not timed, and so are exact.
package measure
