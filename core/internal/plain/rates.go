package plain

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// At a steady rate a success is counted early by at most a 64th of a bucket; where a bucket
// has fewer than 128 of them, none is.
const looks = 64

// Steady sends successes through a Pair whose plain law lags, some buckets long, and
// looks at how early they were counted.
func (p *Pair) Steady(l *Lagging, perBucket, buckets int) {
	width := p.Width()
	l.Most, l.Latest = 0, 0
	p.where = "steady"
	p.Run(Stretch{Calls: perBucket * buckets, Gap: width / time.Duration(perBucket)}, Source(1))
	p.Snapshot()
	if l.Latest > width/looks {
		p.Failf("with %d in %v a success was counted %v early, want %v at most", perBucket, width, l.Latest, width/looks)
	}
	if perBucket < 2*looks && l.Most > 0 {
		p.Failf("with %d in a bucket %d successes were counted early", perBucket, l.Most)
	}
}

// Drop is a busy time, then one of a call in a bucket, from a moment on at which
// the clock has just been looked at. No more than 63 successes are counted in the
// busy bucket.
func (p *Pair) Drop(l *Lagging) {
	width := p.Width()
	src := Source(2)
	p.where = "busy"
	p.Run(Stretch{Calls: 10_000, Gap: width / 5000}, src)
	busy := p.Snapshot()
	p.where = "after the drop"
	l.Most = 0
	time.Sleep(width)
	p.Run(Stretch{Calls: 63, Gap: width}, src)
	if l.Most != 63 {
		p.Failf("%d successes were counted early, want 63", l.Most)
	}
	p.Run(Stretch{Calls: 1, Gap: width}, src)
	if p.Passed {
		p.Failf("at the 64th success, the clock was not looked at")
	}
	if s := p.Snapshot(); s.Window.Successes != 1 || s.Total.Successes != busy.Total.Successes+64 {
		p.Failf("the window has %+v of %+v, want the last success of them all", s.Window, s.Total)
	}
	p.Run(Stretch{Calls: 100, Gap: width / 5}, src)
	if l.Most != 63 || p.Snapshot().State != circuit.Closed {
		p.Failf("%d successes were counted early in a row, want no more than before", l.Most)
	}
}

// Dense runs a healthy time at a high rate, or one with a failure now and then, and
// tells which share of admissions and ends passed the fast one's lock by.
func (p *Pair) Dense(perBucket int, failing float64) float64 {
	p.where = "dense"
	s := Stretch{Calls: 12 * perBucket, Gap: p.Width() / time.Duration(perBucket), Failing: failing, Bare: 0.2, Held: 3}
	done, passed := p.Run(s, Source(3))
	p.Snapshot()
	return float64(passed) / float64(done)
}

// InFlight is the number of calls that can be ended.
func (p *Pair) InFlight() int { return len(p.calls) }
