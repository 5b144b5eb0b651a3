package circuitadmin

import (
	"math"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// Kinds of counts, in the order of the protocol.
const (
	succeeded = iota
	failed
	ignored
	refused
	wouldRefuse
	kinds
)

type counts [kinds]uint32

// row is one breaker as last seen.
type row struct {
	id      uint32
	changed bool // by the last sample
	src     *source
	key     string // shared with the group
	breaker circuit.Breaker
	engine  string
	seen    uint64 // the last sample that found it

	standing
	total   [kinds]uint64
	counted counts           // by the last sample
	busy    uint64           // the last sample that counted anything
	history *[samples]counts // by number of the sample; nil if there was nothing in it
}

// standing is what a row shows beside counts.
type standing struct {
	state          circuit.State
	mode, baseMode circuit.Mode
	drop           uint16 // ten thousandths
	ends, since    int64  // Unix milliseconds; 0 at no time
	inFlight       uint64
}

func totals(s *circuit.Snapshot) [kinds]uint64 {
	return [kinds]uint64{
		succeeded: s.Total.Successes, failed: s.Total.Failures, ignored: s.Total.Ignored,
		refused: s.Total.Refused, wouldRefuse: s.Total.WouldRefuse,
	}
}

func standingOf(s *circuit.Snapshot) standing {
	now := standing{
		state: s.State, mode: s.Mode, baseMode: s.BaseMode,
		drop:     uint16(math.Round(s.DropRatio * 1e4)),
		inFlight: s.InFlight,
	}
	if !s.Since.IsZero() {
		now.since = s.Since.UnixMilli()
	}
	if !s.ModeEnds.IsZero() {
		now.ends = s.ModeEnds.UnixMilli()
	}
	return now
}

// take notes what the sample seen shows, and reports whether anything is new.
func (r *row) take(now standing, total [kinds]uint64) (changed bool) {
	counting := false
	for i, n := range total {
		if n < r.total[i] { // a foreign breaker that began anew
			r.total[i] = 0
		}
		r.counted[i] = uint32(min(n-r.total[i], math.MaxUint32))
		counting = counting || r.counted[i] > 0
	}
	changed = counting || now != r.standing
	r.standing, r.total = now, total
	r.remember(counting)
	return changed
}

// remember keeps the counts for as many samples as the history has.
func (r *row) remember(counting bool) {
	switch {
	case counting:
		r.busy = r.seen
		if r.history == nil {
			r.history = new([samples]counts)
		}
	case r.history == nil:
		return
	case r.seen-r.busy >= samples:
		r.history = nil
		return
	}
	r.history[r.seen%samples] = r.counted
}

// sum adds up the last n samples.
func (r *row) sum(n uint64) (all [kinds]uint64) {
	if r.history == nil {
		return all
	}
	for i := range min(n, r.seen) {
		for kind, count := range r.history[(r.seen-i)%samples] {
			all[kind] += uint64(count)
		}
	}
	return all
}

// past is the history from the first sample that counted anything, oldest first.
func (r *row) past(yield func(counts) bool) {
	if r.history == nil {
		return
	}
	begun := false
	for i := range uint64(samples) {
		c := r.history[(r.seen+1+i)%samples]
		begun = begun || c != counts{}
		if begun && !yield(c) {
			return
		}
	}
}
