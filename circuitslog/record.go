package circuitslog

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// tally is what a breaker has refused since it was made.
type tally struct{ refused, would uint64 }

func tallyOf(s *circuit.Snapshot) tally { return tally{s.Total.Refused, s.Total.WouldRefuse} }

// since is t without what was in an earlier one.
func (t tally) since(earlier tally) tally {
	return tally{t.refused - min(t.refused, earlier.refused), t.would - min(t.would, earlier.would)}
}

func (t tally) plus(other tally) tally {
	return tally{t.refused + other.refused, t.would + other.would}
}

func (t tally) none() bool { return t == tally{} }

// record is what is remembered of a key.
type record struct {
	at      time.Time // of the last change
	known   bool      // told is
	told    tally     // when the last line told of a closing, or when it first opened
	summed  tally     // when the last summary was, or it opened
	sumFrom time.Time // when that was

	interval   uint64 // that of lines
	lines      int
	suppressed uint64
	held       *circuit.Event // the last that was suppressed, to be written when the interval is over
	telling    bool           // one that was held is being written
}

// room reports whether there may be one more line in j's interval.
func (r *record) room(j *journal) bool {
	if r.interval != j.interval {
		r.interval, r.lines = j.interval, 0
	}
	return r.lines < j.limit
}

// follow takes note of a change. That it is of the same breaker as the last one, and
// none was missed in between, shows in the time at which the former state began.
func (r *record) follow(e *circuit.Event) {
	missed := !r.at.Equal(e.Before.Since)
	r.at = e.At
	if missed {
		r.known = false
	}
	if e.From != circuit.Closed {
		return
	}
	r.summed, r.sumFrom = tallyOf(&e.Before), e.At
	if !r.known {
		r.known, r.told = true, r.summed
	}
}

// adopt begins with a breaker as it stands.
func (r *record) adopt(s *circuit.Snapshot, now time.Time) {
	t := tallyOf(s)
	r.at, r.known, r.told, r.summed, r.sumFrom = s.Since, true, t, t, now
}

// line is that of e, and clears what it tells.
func (r *record) line(e *circuit.Event) line {
	l := line{event: e, suppressed: r.suppressed}
	if e.To == circuit.Closed && r.known {
		now := tallyOf(&e.Before)
		l.counted, l.refused = true, now.since(r.told)
		r.told = now
	}
	r.suppressed, r.held = 0, nil
	return l
}

// generation bounds what is remembered: of the last so many keys at least, and of
// twice as many at most.
const generation = 1 << 14

// records are bounded: when the young ones are too many, they become the old ones, and
// the former old ones are forgotten but for those that were asked for since.
type records struct{ young, old map[string]*record }

func (t *records) of(key string) *record {
	if r, ok := t.young[key]; ok {
		return r
	}
	r, ok := t.old[key]
	if !ok {
		r = &record{}
	}
	if t.young == nil || len(t.young) >= generation {
		t.young, t.old = map[string]*record{}, t.young
	}
	t.young[key] = r
	return r
}
