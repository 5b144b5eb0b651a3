// Package window counts outcomes over a rolling window.
//
// A [Window] is a ring of buckets and their sum. Time is passed in, as the time
// since any fixed moment; a time before the newest one seen is taken for the
// newest. A count leaves the window between one window and one window less one
// bucket after it came in. Not for concurrent use: the breaker's lock guards it.
package window

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// Window is made by [New].
type Window struct {
	buckets []bucket
	width   time.Duration // of a bucket, at least 1 ns
	newest  int64         // the bucket that counts now, as a number of widths
	sum     bucket
}

type bucket struct{ successes, failures, refused uint64 }

// New makes a window of n buckets, n at least 1.
func New(span time.Duration, n int) *Window {
	return &Window{buckets: make([]bucket, n), width: max(1, span/time.Duration(n))}
}

// Success counts one.
func (w *Window) Success(now time.Duration) {
	w.at(now).successes++
	w.sum.successes++
}

// Failure counts one.
func (w *Window) Failure(now time.Duration) {
	w.at(now).failures++
	w.sum.failures++
}

// Earlier counts successes and refused calls in the newest bucket: those that came
// after the last time that the window was told, and before the bucket's end.
func (w *Window) Earlier(successes, refused uint64) {
	newest := &w.buckets[w.newest%int64(len(w.buckets))]
	newest.successes += successes
	newest.refused += refused
	w.sum.successes += successes
	w.sum.refused += refused
}

// Sum is what the window holds.
func (w *Window) Sum(now time.Duration) circuit.Counts {
	w.at(now)
	return circuit.Counts{Successes: w.sum.successes, Failures: w.sum.failures, Refused: w.sum.refused}
}

// End is the time at which the next bucket begins.
func (w *Window) End(now time.Duration) time.Duration {
	w.at(now)
	return time.Duration(w.newest+1) * w.width
}

// looks is how often an engine that counts by Earlier looks at the clock in a bucket.
const looks = 64

// Pace is at how many successes to look at the clock: by those of the last bucket, or
// of the present one so far, whichever had more of them.
func (w *Window) Pace(now time.Duration) uint64 {
	n := int64(len(w.buckets))
	most := w.at(now).successes
	if n > 1 && w.newest > 0 {
		most = max(most, w.buckets[(w.newest-1)%n].successes)
	}
	return most / looks
}

// Width is that of one bucket.
func (w *Window) Width() time.Duration { return w.width }

// Reset empties the window.
func (w *Window) Reset() {
	clear(w.buckets)
	w.sum = bucket{}
}

// Resized is a window of another span, with those of w's counts that are
// recent enough for it.
func (w *Window) Resized(now time.Duration, span time.Duration, n int) *Window {
	w.at(now)
	now = max(now, time.Duration(w.newest)*w.width)
	r := New(span, n)
	r.newest = int64(now / r.width)
	for i := range w.buckets {
		number := w.newest - int64(i)
		if number < 0 {
			break
		}
		// A bucket's counts are as old as its end, or as now for the newest.
		end := min(now, time.Duration(number+1)*w.width-1)
		target := int64(end / r.width)
		if target <= r.newest-int64(n) {
			break
		}
		r.add(target, w.buckets[number%int64(len(w.buckets))])
	}
	return r
}

func (w *Window) add(number int64, c bucket) {
	for _, into := range []*bucket{&w.sum, &w.buckets[number%int64(len(w.buckets))]} {
		into.successes += c.successes
		into.failures += c.failures
		into.refused += c.refused
	}
}

// at is the bucket of now, after those that have left the window are emptied.
func (w *Window) at(now time.Duration) *bucket {
	n := int64(len(w.buckets))
	if now >= time.Duration(w.newest+1)*w.width {
		w.move(int64(now / w.width))
	}
	return &w.buckets[w.newest%n]
}

func (w *Window) move(to int64) {
	n := int64(len(w.buckets))
	if to-w.newest >= n {
		w.Reset()
		w.newest = to
	}
	for w.newest < to {
		w.newest++
		gone := &w.buckets[w.newest%n]
		w.sum.successes -= gone.successes
		w.sum.failures -= gone.failures
		w.sum.refused -= gone.refused
		*gone = bucket{}
	}
}
