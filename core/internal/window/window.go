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
	buckets []circuit.Counts
	width   time.Duration // of a bucket, at least 1 ns
	newest  int64         // the bucket that counts now, as a number of widths
	sum     circuit.Counts
}

// New makes a window of n buckets, n at least 1.
func New(span time.Duration, n int) *Window {
	return &Window{buckets: make([]circuit.Counts, n), width: max(1, span/time.Duration(n))}
}

// Success counts one.
func (w *Window) Success(now time.Duration) {
	w.at(now).Successes++
	w.sum.Successes++
}

// Failure counts one.
func (w *Window) Failure(now time.Duration) {
	w.at(now).Failures++
	w.sum.Failures++
}

// Refused counts one.
func (w *Window) Refused(now time.Duration) {
	w.at(now).Refused++
	w.sum.Refused++
}

// Sum is what the window holds.
func (w *Window) Sum(now time.Duration) circuit.Counts {
	w.at(now)
	return w.sum
}

// Width is that of one bucket.
func (w *Window) Width() time.Duration { return w.width }

// Reset empties the window.
func (w *Window) Reset() {
	clear(w.buckets)
	w.sum = circuit.Counts{}
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

func (w *Window) add(number int64, c circuit.Counts) {
	for _, into := range []*circuit.Counts{&w.sum, &w.buckets[number%int64(len(w.buckets))]} {
		into.Successes += c.Successes
		into.Failures += c.Failures
		into.Refused += c.Refused
	}
}

// at is the bucket of now, after those that have left the window are emptied.
func (w *Window) at(now time.Duration) *circuit.Counts {
	n := int64(len(w.buckets))
	number := int64(now / w.width)
	if number-w.newest >= n {
		w.Reset()
		w.newest = number
	}
	for w.newest < number {
		w.newest++
		gone := &w.buckets[w.newest%n]
		w.sum.Successes -= gone.Successes
		w.sum.Failures -= gone.Failures
		w.sum.Refused -= gone.Refused
		*gone = circuit.Counts{}
	}
	return &w.buckets[w.newest%n]
}
