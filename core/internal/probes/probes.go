// Package probes bounds the trial calls that a breaker has out.
package probes

import (
	"slices"
	"time"
)

// Set is the probes that an engine has admitted and not yet heard of. Those past
// their lifetime no longer take a place, but are remembered, up to a limit, since
// a long call may yet come back.
type Set struct {
	lastID uint32
	out    []probe // in the order of their start
}

// Bounds are what a Set keeps to.
type Bounds struct {
	Most     int           // probes in flight at once
	Lifetime time.Duration // after which a lost one no longer counts
}

type probe struct {
	id        uint32
	anonymous bool
	start     time.Duration
}

// remembered is how many probes past their lifetime are kept.
const remembered = 64

// InFlight counts the probes that take a place.
func (s *Set) InFlight(now time.Duration, b Bounds) int {
	n := 0
	for i := len(s.out) - 1; i >= 0 && now-s.out[i].start < b.Lifetime; i-- {
		n++
	}
	return n
}

// Full reports whether no place is free, and until when that is so if none of the
// probes ends.
func (s *Set) Full(now time.Duration, b Bounds) (until time.Duration, full bool) {
	n := s.InFlight(now, b)
	if n < b.Most {
		return 0, false
	}
	return s.out[len(s.out)-b.Most].start + b.Lifetime, true
}

// Start takes a place, if there is one; the id is never 0.
func (s *Set) Start(now time.Duration, b Bounds, anonymous bool) (id uint32, ok bool) {
	n := s.InFlight(now, b)
	if n >= b.Most {
		return 0, false
	}
	if expired := len(s.out) - n; expired > remembered {
		s.out = slices.Delete(s.out, 0, expired-remembered)
	}
	if s.lastID++; s.lastID == 0 {
		s.lastID = 1
	}
	s.out = append(s.out, probe{s.lastID, anonymous, now})
	return s.lastID, true
}

// End gives back the place of one probe, and tells when it started; it reports
// false if it has none.
func (s *Set) End(id uint32) (start time.Duration, ok bool) {
	return s.take(func(o probe) bool { return o.id == id })
}

// EndAnonymous ends the oldest probe that was admitted by Allow.
func (s *Set) EndAnonymous() (start time.Duration, ok bool) {
	return s.take(func(o probe) bool { return o.anonymous })
}

func (s *Set) take(is func(probe) bool) (start time.Duration, ok bool) {
	i := slices.IndexFunc(s.out, is)
	if i < 0 {
		return 0, false
	}
	start = s.out[i].start
	s.out = slices.Delete(s.out, i, i+1)
	return start, true
}

// Clear forgets all probes; ids go on.
func (s *Set) Clear() { s.out = s.out[:0] }
