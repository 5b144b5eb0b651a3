package circuitslog

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// A timer is set only while a breaker is not closed, or a line is due.
func TestTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := group.New(func(string) circuit.Breaker {
			b, err := hystrix.New(hystrix.Config{})
			if err != nil {
				t.Error(err)
			}
			return b
		})
		j := newJournal(slog.New(slog.DiscardHandler), nil)
		j.group = g
		defer g.Observe(j.observe)()
		timed := func(when string, want bool) {
			t.Helper()
			synctest.Wait()
			j.mu.Lock()
			defer j.mu.Unlock()
			if (j.timer != nil) != want {
				t.Errorf("%s: a timer is set: %v, want %v", when, j.timer != nil, want)
			}
		}
		set := func(m circuit.Mode) {
			t.Helper()
			if err := g.Get("a").(circuit.ModeSetter).SetMode(m); err != nil {
				t.Fatal(err)
			}
		}
		timed("all is well", false)
		set(circuit.ForceOpen)
		timed("open", true)
		time.Sleep(10*time.Minute + time.Second)
		timed("open for long", true)
		set(circuit.Auto)
		time.Sleep(time.Minute)
		timed("a minute after the closing", false)
		time.Sleep(time.Hour)
		timed("long after", false)
	})
}

// tape counts lines, and keeps the last.
type tape struct {
	slog.Handler
	lines atomic.Int64
	last  atomic.Pointer[slog.Record]
}

func (*tape) Enabled(context.Context, slog.Level) bool { return true }

func (t *tape) Handle(_ context.Context, r slog.Record) error {
	t.lines.Add(1)
	t.last.Store(&r)
	return nil
}

// Events of any number of keys take up bounded memory, and hold back a bounded number
// of lines.
func TestMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines tape
		j := newJournal(slog.New(&lines), []Option{WithLimit(1)})
		const keys = 3 * generation
		for i := range keys {
			for range 2 {
				j.observe(circuit.Event{Key: fmt.Sprint(i), To: circuit.Open, At: time.Now()})
			}
		}
		j.mu.Lock()
		if n := len(j.records.young) + len(j.records.old); n > 2*generation {
			t.Errorf("%d keys are remembered, want %d at most", n, 2*generation)
		}
		if n := len(j.held); n != maxHeld {
			t.Errorf("%d lines are held, want %d", n, maxHeld)
		}
		j.mu.Unlock()
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := lines.lines.Load(); n != keys+maxHeld {
			t.Errorf("%d lines, want %d", n, keys+maxHeld)
		}
		// The last keys are remembered: their lines tell what was left out.
		j.observe(circuit.Event{Key: fmt.Sprint(keys - 1), To: circuit.Open, At: time.Now()})
		var last slog.Attr
		lines.last.Load().Attrs(func(a slog.Attr) bool { last = a; return true })
		if last.String() != "suppressed=1" {
			t.Errorf("the line ends with %v, want one suppressed", last)
		}
	})
}

// What is asked for stays, however many others come.
func TestRecordsInUseStay(t *testing.T) {
	var rs records
	first := rs.of("in use")
	for i := range 10 * generation {
		rs.of(fmt.Sprint(i))
		if i%(generation/2) == 0 && rs.of("in use") != first {
			t.Fatalf("forgotten after %d others", i+1)
		}
	}
}

// What comes late: an event after the end, and a snapshot from before a closing that was
// told, which must not be told again as if the breaker were open.
func TestLateNews(t *testing.T) {
	var lines tape
	j := newJournal(slog.New(&lines), nil)
	opened := time.Now()
	closed := opened.Add(time.Second)
	snapshot := circuit.Snapshot{State: circuit.Open, Since: opened, Total: circuit.Counts{Refused: 5}}
	j.observe(circuit.Event{Key: "a", To: circuit.Open, At: opened})
	if n := len(j.count([]refusing{{key: "a", snapshot: snapshot}})); n != 1 {
		t.Errorf("%d summaries of an open breaker, want 1", n)
	}
	snapshot.Total.Refused = 10
	j.observe(circuit.Event{Key: "a", From: circuit.Open, At: closed, Before: snapshot})
	if n := len(j.count([]refusing{{key: "a", snapshot: snapshot}})); n != 0 {
		t.Errorf("%d summaries of a closed breaker, want none", n)
	}
	j.stop()
	j.observe(circuit.Event{Key: "a", To: circuit.Open, At: closed.Add(time.Second)})
	if n := lines.lines.Load(); n != 2 {
		t.Errorf("%d lines, want the opening and the closing", n)
	}
}
