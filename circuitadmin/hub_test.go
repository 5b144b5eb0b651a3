package circuitadmin_test

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

func TestTwoViewersGetTheSameTicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(t)
		g.Get("a")
		admin := newAdmin(t, one(g))
		early := look(admin, "/stream")
		defer early.leave()
		time.Sleep(2500 * time.Millisecond)
		late := look(admin, "/stream")
		defer late.leave()
		for n := range 5 {
			calls(t, g, "a", n, circuit.Success)
			time.Sleep(time.Second)
		}
		a, b := early.ticks(t), late.ticks(t)
		if len(a) != 8 || len(b) != 6 {
			t.Fatalf("%d and %d ticks came, want 8 and 6", len(a), len(b))
		}
		if !reflect.DeepEqual(a[3:], b[1:]) {
			t.Errorf("two viewers got\n%+v and\n%+v", a[3:], b[1:])
		}
		if a[2].T != b[0].T {
			t.Errorf("the first tick of the late viewer is of %d, want that of the last sample, %d", b[0].T, a[2].T)
		}
	})
}

// Sampling went on for good once somebody had looked.
func TestSamplingEndsAMinuteAfterTheLastViewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b still
		g := group.New(func(string) circuit.Breaker { return &b })
		g.Get("a")
		admin := newAdmin(t, one(g))
		s := look(admin, "/stream")
		time.Sleep(1500 * time.Millisecond)
		b.successes.Add(3)
		time.Sleep(time.Second)
		s.leave()
		time.Sleep(30 * time.Second)
		again := look(admin, "/stream")
		if got := again.last(t).History["1"]; len(got) != 31 {
			t.Errorf("half a minute after the last viewer the history has %d samples, want 31", len(got))
		}
		again.leave()
		synctest.Wait()
		before := b.asked.Load()
		time.Sleep(10 * time.Minute)
		if n := b.asked.Load() - before; n != 60 {
			t.Errorf("after the last viewer there were %d samples, want 60", n)
		}
		b.successes.Add(5)
		late := look(admin, "/stream")
		defer late.leave()
		if got := late.last(t); len(got.History) != 0 || got.Rows[0][ok] != 0 || got.New[0][id] != 2.0 {
			t.Errorf("the first tick of a hub that began anew is %+v", got)
		}
	})
}

func TestWatchKeepsTheHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(t)
		admin := newAdmin(t, one(g))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); admin.Watch(ctx) }()
		time.Sleep(time.Second / 2) // between samples
		permit, _ := circuit.Acquire(g.Get("a"))
		if s := g.Get("a").(circuit.Reporter).Snapshot(); s.InFlight != 1 {
			t.Errorf("while it is watched, %d calls are in flight, want 1", s.InFlight)
		}
		permit.Ignore()
		for range 200 {
			calls(t, g, "a", 2, circuit.Success)
			time.Sleep(time.Second)
		}
		s := look(admin, "/stream")
		if got := s.last(t).History["1"]; len(got) != 60 || got[59][0] != 2 {
			t.Errorf("the history after 200 s of watching is %v, want 60 samples", got)
		}
		s.leave()
		cancel()
		<-ended
	})
}

// One viewer that didn't read held up all others.
func TestSlowViewerIsHungUpOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(t)
		admin := newAdmin(t, one(g))
		quick := look(admin, "/stream")
		defer quick.leave()
		slow := look(admin, "/stream")
		dashboard := look(admin, "/hystrix.stream")
		defer dashboard.leave()
		release := make(chan struct{})
		for _, s := range []*screen{slow, dashboard} {
			s.mu.Lock()
			s.block = release
			s.mu.Unlock()
		}
		time.Sleep(30*time.Second + time.Millisecond)
		if n := len(quick.ticks(t)); n != 31 {
			t.Errorf("%d ticks came to the viewer that reads, want 31", n)
		}
		close(release)
		synctest.Wait()
		if !slow.hasEnded() {
			t.Error("the viewer that didn't read for 30 s is still there")
		}
		// The first; the one that it was writing, and those that waited.
		if n := len(slow.ticks(t)); n != 1+1+8 {
			t.Errorf("%d ticks came to it, want 10", n)
		}
		if n := strings.Count(dashboard.text(), "ping"); dashboard.hasEnded() || n != 1+1+1 {
			t.Errorf("%d messages came to a dashboard that didn't read, want 3, and that it goes on", n)
		}
	})
}

// Samples that took long made all later ones late.
func TestSlowSamplesDoNotDrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var takes atomic.Int64
		g := group.New(func(string) circuit.Breaker {
			return foreign{circuit.Disabled{}, func() circuit.Snapshot {
				time.Sleep(time.Duration(takes.Load()))
				return circuit.Snapshot{}
			}}
		})
		g.Get("a")
		s := look(newAdmin(t, one(g)), "/stream")
		defer s.leave()
		begin := s.last(t).T
		wants := func(n int, want ...int64) {
			t.Helper()
			all := s.ticks(t)
			for i, tick := range all[len(all)-n:] {
				if at := tick.T - begin; at != want[i] {
					t.Errorf("tick %d of the last %d is %d ms after the first, want %d", i+1, n, at, want[i])
				}
			}
		}
		takes.Store(int64(300 * time.Millisecond))
		time.Sleep(5500 * time.Millisecond)
		wants(5, 1300, 2300, 3300, 4300, 5300)
		takes.Store(int64(3400 * time.Millisecond)) // of which three would be at once
		time.Sleep(2 * time.Second)
		takes.Store(0)
		time.Sleep(5 * time.Second)
		wants(5, 5300, 9400, 10400, 11400, 12400)
	})
}

// Kratos gives each request a second; a stream ended when that was over.
func TestDeadlineOfTheContextDoesNotEndAStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		admin := newAdmin(t, one(newGroup(t)))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		s := &screen{header: http.Header{}}
		s.look(ctx, admin, "/stream")
		time.Sleep(5500 * time.Millisecond)
		if n := len(s.ticks(t)); n != 6 || s.hasEnded() {
			t.Errorf("%d ticks came in 5.5 s, want 6", n)
		}
		s.mu.Lock()
		s.block = make(chan struct{}) // so that it ends by being hung up on
		s.mu.Unlock()
		time.Sleep(20 * time.Second)
		close(s.block)
	})
}

func TestInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(t)
		admin := newAdmin(t, map[string]*group.Group{"orders": g})
		s := look(admin, "/stream")
		defer s.leave()
		a, _ := circuit.Acquire(g.Get("a"))
		_, _ = circuit.Acquire(g.Get("a"))
		time.Sleep(1100 * time.Millisecond)
		if got := s.last(t).Rows; got[0][inFlight] != 2 {
			t.Errorf("with two calls under way the row is %v", got)
		}
		a.Success()
		time.Sleep(time.Second)
		if got := s.last(t).Rows; got[0][inFlight] != 1 || got[0][ok] != 1 {
			t.Errorf("after one of two calls ended the row is %v", got)
		}
	})
}
