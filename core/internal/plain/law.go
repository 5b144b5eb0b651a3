// Package plain runs an engine beside a plain one: the same law under a core that
// gets no leases, and so takes its lock and looks at the clock on each call. It is for
// tests alone, which show with it what leases change, and what they must not.
//
// A [Pair] is the two of them. [Pair.Play] sends a history through both, and compares
// every admission, event and snapshot.
package plain

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
)

// Law is one without leases, and so hears of none.
type Law struct{ engine.Law }

// Leased panics.
func (Law) Leased(time.Duration, uint64, uint64) { panic("a plain law is told of a lease") }

// Lease gives none.
func (Law) Lease(time.Duration) (none engine.Lease) { return none }

// Watch is a law of which is known what it leased, and when.
type Watch struct {
	engine.Law
	Grants  int // calls of Lease: the lock was taken so often, if the law decides
	Granted time.Duration
	Last    engine.Lease
}

// Lease remembers what it gives.
func (w *Watch) Lease(now time.Duration) engine.Lease {
	w.Grants++
	w.Granted, w.Last = now, w.Law.Lease(now)
	return w.Last
}

// pace is at how many successes a core with one cell looks at the clock.
func pace(l engine.Lease) int {
	n := 1
	for n < 64 && uint64(2*n) <= l.Pace {
		n *= 2
	}
	return n
}

// Lagging is a plain law that is told of a success at the time at which the Pair's fast
// core counted it: that of the lease. In another bucket than that of now, it is an early
// one. Of these at most one less than the lease's pace may come one after the other.
type Lagging struct {
	Law
	Pair  *Pair
	Early func(now time.Duration)

	Most   int           // early ones on one lease
	Latest time.Duration // after the end of the bucket
	inARow int
	grant  int // the lease on which they are counted
}

// Settle is the law's.
func (l *Lagging) Settle(now time.Duration, id uint32, o circuit.Outcome) {
	l.Law.Settle(l.counted(now, o), id, o)
}

// Mark is the law's.
func (l *Lagging) Mark(now time.Duration, o circuit.Outcome) {
	l.Law.Mark(l.counted(now, o), o)
}

func (l *Lagging) counted(now time.Duration, o circuit.Outcome) time.Duration {
	width, then := l.Pair.Width(), l.Pair.Watch.Granted
	if o != circuit.Success || !l.Pair.Passed || then/width == now/width {
		return now
	}
	if l.inARow++; l.grant != l.Pair.Watch.Grants {
		l.grant, l.inARow = l.Pair.Watch.Grants, 1
	}
	if most := pace(l.Pair.Watch.Last) - 1; l.inARow > most {
		l.Pair.Failf("success %d in a row is counted at %v, in an earlier bucket, want %d at most", l.inARow, then, most)
	}
	l.Most = max(l.Most, l.inARow)
	l.Latest = max(l.Latest, now-(then/width+1)*width)
	if l.Early != nil {
		l.Early(now)
	}
	return then
}
