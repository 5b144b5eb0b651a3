package credit

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// timing measures the callee's round trip while open: of the probes, and of one
// paid call at a time.
type timing struct {
	roundTrip time.Duration // the shortest of a success ever; 0 if there was none
	slowest   time.Duration // of a success since the state changed
	id        uint32        // of the call that is being timed; 0 if none is
	lastID    uint32
	started   time.Duration
}

const (
	// timed marks the ids of paid calls that are; those of probes lie below.
	timed = 1 << 31
	// advancedID is that of calls which were neither paid for nor probes.
	advancedID = timed
)

// start is the id of a paid call: of its own where it is to be timed, else 0.
func (t *timing) start(now, lifetime time.Duration) uint32 {
	if t.id != 0 && now-t.started < lifetime {
		return 0
	}
	t.lastID = t.lastID%(timed-1) + 1
	t.id, t.started = timed|t.lastID, now
	return t.id
}

// end measures the call, if it is still the one that is being timed.
func (t *timing) end(now time.Duration, id uint32, o circuit.Outcome) {
	if id == t.id {
		t.measured(now-t.started, o)
		t.id = 0
	}
}

func (t *timing) measured(d time.Duration, o circuit.Outcome) {
	if o != circuit.Success {
		return
	}
	if t.roundTrip == 0 || d < t.roundTrip {
		t.roundTrip = max(d, 1)
	}
	t.slowest = max(t.slowest, d)
}

const (
	// longTrip is the round trip from which on growth by the gain alone is too slow.
	longTrip = 50 * time.Millisecond
	// alike round trips differ by this factor at most.
	alike = 2
)

// steady reports whether all round trips are about as long, which those of a long
// queue that is being served are not.
func (t *timing) steady() bool { return t.slowest <= alike*t.roundTrip }

// far reports whether the callee is far away.
func (t *timing) far() bool { return t.roundTrip >= longTrip && t.steady() }

// forget drops the call that is being timed, as the state changes.
func (t *timing) forget() { t.id, t.slowest = 0, 0 }
