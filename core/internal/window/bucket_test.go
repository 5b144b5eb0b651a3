package window_test

import (
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/internal/window"
)

// spans are windows whose buckets' widths are even and odd.
var spans = []struct {
	span time.Duration
	n    int
}{{100 * ms, 10}, {10 * time.Second, 3}, {time.Second, 7}, {7, 7}, {time.Minute, 1}, {3, 4}}

// A bucket begins at a multiple of its width, and there, to the nanosecond, the one
// that is as old as the window leaves.
func TestBucketsAreExactToTheNanosecond(t *testing.T) {
	for _, tt := range spans {
		for _, number := range []time.Duration{0, 1, 2, 999, 1_000_003} {
			w := window.New(tt.span, tt.n)
			begin, end := number*w.Width(), (number+1)*w.Width()
			leaves := begin + time.Duration(tt.n)*w.Width()
			for _, at := range []time.Duration{begin, begin + w.Width()/2, end - 1} {
				if got := w.End(at); got != end {
					t.Errorf("%v in %d: the bucket of %v ends at %v, want %v", tt.span, tt.n, at, got, end)
				}
			}
			w.Success(end - 1)
			wantSum(t, w, leaves-1, 1, 0, 0)
			wantSum(t, w, leaves, 0, 0, 0)

			w = window.New(tt.span, tt.n)
			w.Success(end)
			if got, want := w.End(end), end+w.Width(); got != want {
				t.Errorf("%v in %d: the bucket of %v ends at %v, want %v", tt.span, tt.n, end, got, want)
			}
			wantSum(t, w, leaves+w.Width()-1, 1, 0, 0)
			wantSum(t, w, leaves+w.Width(), 0, 0, 0)
		}
	}
}

// Earlier counts at the time that the window was last told, by whatever told it.
func TestEarlierIsAtTheTimeLastTold(t *testing.T) {
	for name, tell := range map[string]func(w *window.Window, now time.Duration){
		"Success": func(w *window.Window, now time.Duration) { w.Success(now) },
		"Failure": func(w *window.Window, now time.Duration) { w.Failure(now) },
		"Sum":     func(w *window.Window, now time.Duration) { w.Sum(now) },
		"End":     func(w *window.Window, now time.Duration) { w.End(now) },
		"Pace":    func(w *window.Window, now time.Duration) { w.Pace(now) },
		"Resized": func(w *window.Window, now time.Duration) { w.Resized(now, 7*ms, 7) },
	} {
		for _, at := range []time.Duration{0, 10*ms - 1, 10 * ms, 55 * ms, time.Hour} {
			early, direct := window.New(100*ms, 10), window.New(100*ms, 10)
			tell(early, at)
			tell(direct, at)
			early.Earlier(3, 2)
			for range 3 {
				direct.Success(at)
			}
			direct.Sum(at)
			direct.Earlier(0, 2)
			for later := at; later < at+110*ms; later += ms {
				if got, want := early.Sum(later), direct.Sum(later); got != want {
					t.Fatalf("told by %s at %v: at %v there is %+v, want %+v", name, at, later, got, want)
				}
			}
		}
	}
}

// 64 looks in a bucket, by the fuller one of this and the last.
func TestPace(t *testing.T) {
	w := window.New(100*ms, 10)
	for _, step := range []struct {
		now  time.Duration
		add  uint64
		want uint64
	}{
		{0, 0, 0},
		{0, 63, 0},
		{5 * ms, 1, 1},
		{9 * ms, 64*9 - 1, 9},
		{10 * ms, 0, 9},    // the last one's 639
		{10 * ms, 640, 10}, // this one's 640
		{19 * ms, 640, 20},
		{20 * ms, 100, 20},
		{30*ms - 1, 0, 20},
		{30 * ms, 0, 1}, // of 100
		{50 * ms, 64, 1},
		{70 * ms, 0, 0}, // none since 60 ms
		{time.Hour, 64 * 64, 64},
		{2 * time.Hour, 0, 0},
	} {
		w.Sum(step.now)
		w.Earlier(step.add, 1000)
		if got := w.Pace(step.now); got != step.want {
			t.Errorf("at %v the pace is %d, want %d", step.now, got, step.want)
		}
	}
}

// The one bucket of a window has none before it.
func TestPaceOfOneBucket(t *testing.T) {
	w := window.New(10*ms, 1)
	w.Earlier(128, 0)
	if got := w.Pace(9 * ms); got != 2 {
		t.Errorf("the pace is %d, want 2", got)
	}
	if got := w.Pace(10 * ms); got != 0 {
		t.Errorf("the pace in the next bucket is %d, want 0", got)
	}
}

// A failure is no success: of those the engine hears one by one.
func TestPaceIsOfSuccesses(t *testing.T) {
	w := window.New(100*ms, 10)
	for range 6400 {
		w.Failure(0)
	}
	if got := w.Pace(0); got != 0 {
		t.Errorf("with failures alone the pace is %d, want 0", got)
	}
}

// A resized window goes on from the time that the old one was told, in buckets that
// begin where those of any window of its size do.
func TestResizedWindowGoesOn(t *testing.T) {
	for _, tt := range spans {
		const at = 95 * ms
		old, fresh := window.New(100*ms, 10), window.New(tt.span, tt.n)
		r := old.Resized(at, tt.span, tt.n)
		end := fresh.End(at)
		if got := r.End(0); got != end {
			t.Errorf("%v in %d: the bucket ends at %v, want %v", tt.span, tt.n, got, end)
		}
		r.Earlier(640, 5)
		leaves := end + r.Width()*time.Duration(tt.n-1)
		wantSum(t, r, leaves-1, 640, 0, 5)
		wantSum(t, r, leaves, 0, 0, 0)

		r = old.Resized(at, tt.span, tt.n)
		r.Earlier(640, 0)
		if got := r.Pace(end - 1); got != 10 {
			t.Errorf("%v in %d: the pace is %d, want 10", tt.span, tt.n, got)
		}
	}
}
