package window_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/window"
)

// model is a window that keeps every event and counts them when asked.
type model struct {
	width  time.Duration
	n      int64
	now    time.Duration // the newest time seen
	events []event
}

type event struct {
	at   time.Duration
	kind byte // s, f or r
	n    uint64
}

func newModel(span time.Duration, n int) *model {
	return &model{width: span / time.Duration(n), n: int64(n)}
}

func (m *model) add(now time.Duration, kind byte, n uint64) {
	m.now = max(m.now, now)
	m.events = append(m.events, event{m.now, kind, n})
}

// holds reports whether an event of that time is among the buckets that count.
func (m *model) holds(at time.Duration) bool {
	return int64(at/m.width) > int64(m.now/m.width)-m.n
}

func (m *model) sum(now time.Duration) (c circuit.Counts) {
	m.now = max(m.now, now)
	for _, e := range m.events {
		switch {
		case !m.holds(e.at):
		case e.kind == 's':
			c.Successes += e.n
		case e.kind == 'f':
			c.Failures += e.n
		default:
			c.Refused += e.n
		}
	}
	return c
}

// end is the first time that is in another bucket than now.
func (m *model) end() time.Duration { return (m.now/m.width + 1) * m.width }

// pace is a 64th of the successes in this bucket or in the one before, if that counts.
func (m *model) pace() uint64 {
	var these, those uint64
	for _, e := range m.events {
		switch {
		case e.kind != 's' || !m.holds(e.at):
		case e.at >= m.end()-m.width:
			these += e.n
		case e.at >= m.end()-2*m.width:
			those += e.n
		}
	}
	return max(these, those) / 64
}

// resize takes each event for as old as its bucket's end, as a window must that
// knows no better.
func (m *model) resize(now time.Duration, span time.Duration, n int) {
	start := m.now / m.width * m.width
	m.now = max(m.now, now)
	var kept []event
	for _, e := range m.events {
		if m.holds(e.at) {
			kept = append(kept, event{min(max(start, now), (e.at/m.width+1)*m.width-1), e.kind, e.n})
		}
	}
	*m = model{width: span / time.Duration(n), n: int64(n), now: max(start, now), events: kept}
}

// play runs the same history through a window and a model. Each step takes four
// bytes: what to do, and how far time goes.
func play(t *testing.T, history []byte, span time.Duration, n int) {
	t.Helper()
	w, m := window.New(span, n), newModel(span, n)
	var now time.Duration
	for step := 0; len(history) >= 4; step++ {
		op, fine, coarse, scale := history[0], history[1], history[2], history[3]
		history = history[4:]
		by := time.Duration(fine)*time.Millisecond + time.Duration(coarse)
		switch scale % 8 {
		case 0: // far beyond the window
			by *= 1000
		case 1: // time goes back
			by = -min(by, now)
		case 2:
			by = 0
		}
		now += by
		switch op % 8 {
		case 0, 1:
			w.Success(now)
			m.add(now, 's', 1)
		case 2, 3:
			w.Failure(now)
			m.add(now, 'f', 1)
		case 4:
			refuse(w, now)
			m.add(now, 'r', 1)
		case 5:
			span, n = time.Duration(1+int(fine))*10*time.Millisecond, 1+int(coarse)%20
			before := m.sum(now)
			w = w.Resized(now, span, n)
			m.resize(now, span, n)
			if after := w.Sum(now); exceeds(after, before) {
				t.Fatalf("step %d: resizing to %v in %d made %+v out of %+v", step, span, n, after, before)
			}
		case 6: // at the time that the window was last told
			w.Earlier(uint64(fine), uint64(coarse))
			m.add(m.now, 's', uint64(fine))
			m.add(m.now, 'r', uint64(coarse))
		}
		if got, want := w.Sum(now), m.sum(now); got != want {
			t.Fatalf("step %d, at %v, with %v in %d: the window holds %+v, want %+v", step, now, span, n, got, want)
		}
		if got, want := w.End(now), m.end(); got != want {
			t.Fatalf("step %d, at %v, with %v in %d: the bucket ends at %v, want %v", step, now, span, n, got, want)
		}
		if got, want := w.Pace(now), m.pace(); got != want {
			t.Fatalf("step %d, at %v, with %v in %d: the pace is %d, want %d", step, now, span, n, got, want)
		}
	}
}

func exceeds(a, b circuit.Counts) bool {
	return a.Successes > b.Successes || a.Failures > b.Failures || a.Refused > b.Refused
}

func TestWindowAgainstModel(t *testing.T) {
	for seed := range uint64(60) {
		src := rand.New(rand.NewPCG(seed, 17))
		history := make([]byte, 4*250)
		for i := range history {
			history[i] = byte(src.Uint32())
		}
		n := 1 + src.IntN(20)
		play(t, history, time.Duration(n)*time.Duration(1+src.IntN(200))*time.Millisecond, n)
	}
}

func FuzzWindow(f *testing.F) {
	f.Add([]byte{0, 10, 0, 3, 2, 200, 0, 3, 4, 255, 0, 0, 7, 0, 0, 2}, uint16(1000), uint8(10))
	f.Add([]byte{2, 90, 0, 3, 5, 20, 3, 2, 0, 50, 0, 1, 5, 200, 19, 3, 7, 9, 9, 3}, uint16(100), uint8(1))
	f.Fuzz(func(t *testing.T, history []byte, millis uint16, n uint8) {
		if n == 0 || millis < 10 || len(history) > 4000 {
			t.Skip("out of the bounds that a Config has")
		}
		play(t, history, time.Duration(millis)*time.Millisecond, int(n))
	})
}
