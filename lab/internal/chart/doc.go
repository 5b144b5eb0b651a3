// Package chart draws what breakers made of one scenario: one picture, one panel
// for each engine, all on the same axes.
//
// A panel shows calls a second over time. Three areas stand on each other: calls
// served, attempts that reached the backend for nothing, and attempts that the
// breaker refused. The line above them is what clients offered; a dashed line is
// what the backend can serve; times of fault are shaded. An attempt counts when it
// ends, so that one that waited for a deadline stands later than it was offered. The
// engine with the most of the lowest area did best, and its start after a fault
// shows the recovery.
//
// [Draw] checks and lays out; a [Chart] then writes itself as SVG, which follows
// the reader's light or dark theme, and as PNG, which is light. The same results
// give the same bytes.
package chart
