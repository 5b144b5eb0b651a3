package window_test

import (
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/window"
)

const ms = time.Millisecond

func wantSum(t *testing.T, w *window.Window, now time.Duration, s, f, r uint64) {
	t.Helper()
	if got, want := w.Sum(now), (circuit.Counts{Successes: s, Failures: f, Refused: r}); got != want {
		t.Errorf("at %v the window holds %+v, want %+v", now, got, want)
	}
}

// refuse counts a refused call as an engine does: after it has looked at the window.
func refuse(w *window.Window, now time.Duration) {
	w.Sum(now)
	w.Earlier(0, 1)
}

func TestCountsLeaveWithTheirBucket(t *testing.T) {
	w := window.New(100*ms, 10)
	w.Success(5 * ms)
	w.Failure(9 * ms)
	refuse(w, 10*ms)
	wantSum(t, w, 99*ms, 1, 1, 1)
	wantSum(t, w, 100*ms, 0, 0, 1) // the first bucket is over after 10 buckets
	wantSum(t, w, 109*ms, 0, 0, 1)
	wantSum(t, w, 110*ms, 0, 0, 0)
}

// A count stays for more than one window less one bucket, and for less than one
// window: the bounds that the package promises.
func TestHowLongACountStays(t *testing.T) {
	for _, n := range []int{1, 2, 3, 10} {
		span := time.Duration(n) * 10 * ms
		for at := time.Duration(0); at < 20*ms; at += ms {
			w := window.New(span, n)
			w.Failure(at)
			stays := time.Duration(0)
			for w.Sum(at+stays).Failures == 1 {
				stays += ms / 4
			}
			if stays > span || stays <= span-10*ms {
				t.Errorf("with %d buckets a count made at %v stays %v, want above %v and at most %v", n, at, stays, span-10*ms, span)
			}
		}
	}
}

func TestJumpsEmptyTheWindow(t *testing.T) {
	for _, jump := range []time.Duration{100 * ms, 101 * ms, 1000 * ms, time.Hour, 24 * 365 * 100 * time.Hour} {
		w := window.New(100*ms, 10)
		for i := range 10 {
			w.Failure(time.Duration(i) * 10 * ms)
		}
		wantSum(t, w, 90*ms+jump, 0, 0, 0)
		w.Success(90*ms + jump)
		wantSum(t, w, 90*ms+jump, 1, 0, 0)
	}
}

func TestTimeThatGoesBackIsTakenForTheNewest(t *testing.T) {
	w := window.New(100*ms, 10)
	w.Success(500 * ms)
	w.Failure(450 * ms)
	w.Failure(0)
	w.Failure(-time.Hour)
	wantSum(t, w, 0, 1, 3, 0)
	wantSum(t, w, 599*ms, 1, 3, 0)
	wantSum(t, w, 600*ms, 0, 0, 0)
}

func TestReset(t *testing.T) {
	w := window.New(100*ms, 10)
	for i := range 10 {
		w.Success(time.Duration(i) * 10 * ms)
	}
	w.Reset()
	wantSum(t, w, 90*ms, 0, 0, 0)
	w.Success(95 * ms)
	wantSum(t, w, 190*ms-1, 1, 0, 0)
	wantSum(t, w, 190*ms, 0, 0, 0)
}

// A span that the number of buckets doesn't divide, or that is shorter than one
// nanosecond for each, must not make a width of zero.
func TestWidth(t *testing.T) {
	for _, tt := range []struct {
		span time.Duration
		n    int
		want time.Duration
	}{{10 * time.Second, 10, time.Second}, {10, 3, 3}, {5, 10, 1}, {0, 4, 1}} {
		w := window.New(tt.span, tt.n)
		if w.Width() != tt.want {
			t.Errorf("%v in %d is %v each, want %v", tt.span, tt.n, w.Width(), tt.want)
		}
		w.Success(7)
		wantSum(t, w, 7, 1, 0, 0)
	}
}

func filled(span time.Duration, n int) *window.Window {
	w := window.New(span, n)
	for i := range n { // 1 success, 2 successes, … up to n in the newest
		for range i + 1 {
			w.Success(time.Duration(i) * w.Width())
		}
	}
	return w
}

func TestResizedKeepsWhatIsRecentEnough(t *testing.T) {
	const now = 99 * ms // 55 successes, of which 10 in the newest bucket
	for _, tt := range []struct {
		name string
		span time.Duration
		n    int
		want uint64
	}{
		{"the same", 100 * ms, 10, 55},
		{"grow", 200 * ms, 20, 55},
		{"grow very much", time.Hour, 1000, 55},
		{"shrink to a half", 50 * ms, 5, 10 + 9 + 8 + 7 + 6},
		{"shrink to one bucket", 10 * ms, 1, 10},
		{"finer", 100 * ms, 100, 55},
		{"coarser", 100 * ms, 5, 55},
		{"one bucket", 100 * ms, 1, 55},
	} {
		t.Run(tt.name, func(t *testing.T) {
			old := filled(100*ms, 10)
			w := old.Resized(now, tt.span, tt.n)
			wantSum(t, w, now, tt.want, 0, 0)
			wantSum(t, old, now, 55, 0, 0) // untouched
			if want := tt.span / time.Duration(tt.n); w.Width() != want {
				t.Errorf("a bucket is %v wide, want %v", w.Width(), want)
			}
			w.Failure(now)
			wantSum(t, w, now, tt.want, 1, 0)
			wantSum(t, w, now+tt.span, 0, 0, 0) // nothing outlives the new window
		})
	}
}

func TestResizedCarriesEveryKind(t *testing.T) {
	w := window.New(100*ms, 10)
	w.Success(0)
	w.Failure(10 * ms)
	w.Failure(10 * ms)
	refuse(w, 20*ms)
	refuse(w, 20*ms)
	refuse(w, 20*ms)
	wantSum(t, w.Resized(50*ms, 200*ms, 7), 50*ms, 1, 2, 3)
}

func TestResizedForgetsWhatHadLeft(t *testing.T) {
	w := filled(100*ms, 10)
	grown := w.Resized(time.Hour, 3*time.Hour, 10)
	wantSum(t, grown, time.Hour, 0, 0, 0) // the old counts had left before; they don't come back
}

// The doc says that an earlier time is taken for the newest; here it moved the
// new window back, and with a negative one indexed a bucket below 0.
func TestResizedWhenTimeGoesBack(t *testing.T) {
	for _, now := range []time.Duration{90 * ms, 50 * ms, 0, -1, -time.Hour} {
		w := filled(100*ms, 10).Resized(now, 100*ms, 7)
		wantSum(t, w, now, 55, 0, 0)
		w.Failure(now)
		wantSum(t, w, 95*ms, 55, 1, 0)
		wantSum(t, w, 200*ms, 0, 0, 0)
	}
}
