package circuitadmin_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

func TestFirstTickShowsAllAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		orders, users := newGroup(t), newGroup(t, group.WithCap(7))
		made := float64(time.Now().UnixMilli())
		for _, key := range []string{"b", "a"} {
			calls(t, orders, key, 3, circuit.Success) // before anybody looked: not counted
		}
		users.Get("a")
		s := look(newAdmin(t, map[string]*group.Group{"users": users, "orders": orders}), "/stream")
		defer s.leave()
		hello := "retry: 2000\nevent: hello\ndata: {\"interval\":1000,\"history\":60,\"controls\":false}\n\n"
		if !strings.HasPrefix(s.text(), hello) {
			t.Errorf("the stream begins with %q, want %q", s.text(), hello)
		}
		row := func(id float64) []float64 { return []float64{id, 0, 0, 0, 0, made, 0, 0, 0, 0, 0, 0, 0} }
		want := tick{
			T: time.Now().UnixMilli(),
			Groups: [][]any{
				{"orders", 2.0, 10000.0, 0.0, 0.0},
				{"users", 1.0, 7.0, 0.0, 0.0},
			},
			New: [][]any{
				{1.0, "orders", "a", "hystrix"},
				{2.0, "orders", "b", "hystrix"},
				{3.0, "users", "a", "hystrix"},
			},
			Gone:    []float64{},
			Rows:    [][]float64{row(1), row(2), row(3)},
			History: map[string][][]float64{},
		}
		if got := s.last(t); !reflect.DeepEqual(got, want) {
			t.Errorf("the first tick is\n%+v, want\n%+v", got, want)
		}
	})
}

func TestCountsAreThoseOfTheTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(t)
		g.Get("a")
		g.Get("idle")
		s := look(newAdmin(t, one(g)), "/stream")
		defer s.leave()
		time.Sleep(time.Second / 2)
		calls(t, g, "a", 100, circuit.Success)
		calls(t, g, "a", 5, circuit.Failure)
		calls(t, g, "a", 2, circuit.Overload)
		calls(t, g, "a", 3, circuit.Ignored)
		setter := g.Get("a").(circuit.ModeSetter)
		if err := setter.Override(circuit.ForceOpen, 0); err != nil {
			t.Error(err)
		}
		calls(t, g, "a", 11, circuit.Success)
		time.Sleep(time.Second)
		got := s.last(t)
		forced := float64(time.Now().Add(-time.Second).UnixMilli())
		if want := [][]float64{{1, 2, 2, 0, 0, forced, 1, 0, 100, 7, 3, 11, 0}}; !reflect.DeepEqual(got.Rows, want) {
			t.Errorf("rows are %v, want %v", got.Rows, want)
		}
		time.Sleep(time.Second)
		if got := s.last(t); len(got.Rows) != 1 || got.Rows[0][ok] != 0 || got.Rows[0][state] != 2 {
			if len(got.Rows) != 0 {
				t.Errorf("after a second without calls there are the rows %v, want none", got.Rows)
			}
		}
		if n := len(s.ticks(t)); n != 3 {
			t.Errorf("%d ticks came in 2.5 s, want 3: the first, and one for each second", n)
		}
	})
}

// A breaker that is made while the hub runs was counted as if what it did before its
// first sample were old.
func TestNewBreakerCountsFromItsMaking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(t)
		s := look(newAdmin(t, one(g)), "/stream") // an empty group, too
		defer s.leave()
		for n, key := range []string{"a", "b"} {
			calls(t, g, key, 4+n, circuit.Success)
			time.Sleep(1100 * time.Millisecond)
			got := s.last(t)
			if len(got.New) != 1 || got.New[0][2] != key || len(got.Rows) != 1 || got.Rows[0][ok] != float64(4+n) {
				t.Errorf("the tick after %q was made is %+v", key, got)
			}
		}
	})
}

func TestBreakersThatAreGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(t, group.WithCap(2))
		g.Get("a")
		g.Get("b")
		s := look(newAdmin(t, one(g)), "/stream")
		defer s.leave()
		g.Remove("a")
		time.Sleep(1500 * time.Millisecond)
		if got := s.last(t); !reflect.DeepEqual(got.Gone, []float64{1}) {
			t.Errorf("a was removed, and gone is %v, want its id", got.Gone)
		}
		g.Remove("b")
		calls(t, g, "b", 1, circuit.Success)
		time.Sleep(time.Second)
		got := s.last(t)
		want := [][]any{{3.0, "orders", "b", "hystrix"}}
		if !reflect.DeepEqual(got.Gone, []float64{2}) || !reflect.DeepEqual(got.New, want) || got.Rows[0][ok] != 1 {
			t.Errorf("b was removed and made anew: gone is %v and new is %v, want 2 and %v", got.Gone, got.New, want)
		}
		time.Sleep(time.Second)
		if got := s.last(t); len(got.Gone)+len(got.New)+len(got.Rows) != 0 {
			t.Errorf("a second later, in which nothing happened, the tick is %+v", got)
		}
		for i := range 20 {
			g.Get(fmt.Sprint("flood", i))
		}
		time.Sleep(time.Second)
		if got := s.last(t); got.Groups[0][1] != 2.0 || got.Groups[0][3] != 19.0 || len(got.New) != 2 || len(got.Gone) != 1 {
			t.Errorf("20 keys went through a group of 2: %+v", got)
		}
	})
}

// A breaker that comes back is as new as any other, and what is known of one that is gone
// is not kept.
func TestBreakerThatComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(t)
		g := group.New(func(string) circuit.Breaker { return b })
		g.Get("a")
		s := look(newAdmin(t, one(g)), "/stream")
		defer s.leave()
		g.Remove("a")
		time.Sleep(1500 * time.Millisecond)
		g.Get("a")
		time.Sleep(time.Second)
		if got, want := s.last(t).New, [][]any{{2.0, "orders", "a", "hystrix"}}; !reflect.DeepEqual(got, want) {
			t.Errorf("new is %v, want %v", got, want)
		}
	})
}

func TestHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(t)
		g.Get("quiet")
		admin := newAdmin(t, one(g))
		first := look(admin, "/stream")
		defer first.leave()
		history := func() [][]float64 {
			s := look(admin, "/stream")
			defer s.leave()
			return s.last(t).History["1"]
		}
		time.Sleep(time.Second / 2)
		calls(t, g, "quiet", 7, circuit.Success)
		time.Sleep(2 * time.Second)
		calls(t, g, "quiet", 9, circuit.Failure)
		time.Sleep(time.Second)
		want := [][]float64{{7, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 9, 0, 0, 0}}
		if got := history(); !reflect.DeepEqual(got, want) {
			t.Errorf("history is %v, want %v", got, want)
		}
		time.Sleep(57 * time.Second)
		if got := history(); len(got) != 60 || got[0][0] != 7 || got[2][1] != 9 {
			t.Errorf("after 60 samples history is %v", got)
		}
		time.Sleep(time.Second)
		if got := history(); len(got) != 59 || got[0][1] != 9 {
			t.Errorf("after 61 samples history is %v, want it to begin with the failures", got)
		}
		time.Sleep(2 * time.Second)
		if got := history(); got != nil {
			t.Errorf("a minute after the last call history is %v, want none", got)
		}
	})
}
