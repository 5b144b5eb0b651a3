package circuitadmin_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// A breaker that a sample asks may tell its observers that an override is over. They were
// told under the page's lock, and one that used the page waited for itself.
func TestObserversMayUseThePage(t *testing.T) {
	t.Parallel()
	g := newGroup(t)
	admin := newAdmin(t, one(g))
	used := make(chan struct{})
	var once sync.Once
	defer g.Observe(func(e circuit.Event) {
		if e.To != circuit.Closed {
			return
		}
		gone, leave := context.WithCancel(context.Background())
		leave()
		s := &screen{header: http.Header{}}
		s.look(gone, admin, "/stream")
		for end := time.Now().Add(patience); !s.hasEnded() && time.Now().Before(end); time.Sleep(time.Millisecond) {
		}
		if s.hasEnded() {
			once.Do(func() { close(used) })
		}
	})()
	if err := g.Get("a").(circuit.ModeSetter).Override(circuit.ForceOpen, time.Millisecond); err != nil {
		t.Fatal(err)
	}
	first := &screen{header: http.Header{}}
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	first.look(ctx, admin, "/stream")
	select {
	case <-used:
	case <-time.After(2 * patience):
		t.Fatal("an observer that looks at the page waits for ever")
	}
}

// Viewers that come at once to a page that nobody looked at get one sample, and each gets
// every tick after it.
func TestManyViewersAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(t)
		calls(t, g, "a", 3, circuit.Success)
		admin := newAdmin(t, one(g))
		ctx, leave := context.WithCancel(t.Context())
		var all []*screen
		for range 200 {
			s := &screen{header: http.Header{}}
			s.look(ctx, admin, "/stream")
			all = append(all, s)
		}
		time.Sleep(1500 * time.Millisecond)
		calls(t, g, "a", 2, circuit.Success)
		time.Sleep(time.Second)
		for i, s := range all {
			if got := s.ticks(t); len(got) != 3 || got[0].Rows[0][ok] != 0 || got[2].Rows[0][ok] != 2 || got[0].T != all[0].ticks(t)[0].T {
				t.Fatalf("viewer %d gets %+v", i, got)
			}
		}
		leave()
		synctest.Wait()
	})
}

// The page asks each second for the details of the breaker that it shows: of 5,000
// breakers, each was asked for that.
func TestSnapshotOfOneKeyAsksNoOther(t *testing.T) {
	var asked sync.Map
	g := group.New(func(key string) circuit.Breaker {
		return foreign{circuit.Disabled{}, func() circuit.Snapshot {
			asked.Store(key, true)
			return circuit.Snapshot{}
		}}
	})
	for i := range 5 {
		g.Get(fmt.Sprint(i))
	}
	asked.Clear()
	if got := take(t, newAdmin(t, one(g)), "?key=3").keys(); strings.Join(got, " ") != "orders/3" {
		t.Errorf("shown are %q", got)
	}
	for i := range 5 {
		if _, is := asked.Load(fmt.Sprint(i)); is != (i == 3) {
			t.Errorf("breaker %d was asked: %t", i, is)
		}
	}
}

// A key that is not guarded has no state that began at any time.
func TestUnguardedKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := group.New(nil)
		g.Get("a")
		s := look(newAdmin(t, one(g)), "/stream")
		defer s.leave()
		if row := s.last(t).Rows[0]; row[since] != 0 {
			t.Errorf("the row is %v, want no time of the last change", row)
		}
	})
}
