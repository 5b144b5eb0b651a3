package group_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

type diary struct {
	mu    sync.Mutex
	heard []string
}

func (d *diary) observe(e circuit.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.heard = append(d.heard, fmt.Sprintf("%s %v", e.Key, e.To))
}

// wants compares what was heard, and starts anew.
func (d *diary) wants(t *testing.T, want ...string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Equal(d.heard, want) {
		t.Errorf("heard %q, want %q", d.heard, want)
	}
	d.heard = nil
}

func fail(g *group.Group, key string) {
	_ = circuit.Do(context.Background(), g.Get(key), func(context.Context) error { return errBackend })
}

func TestObserveBreakersMadeBeforeAndAfter(t *testing.T) {
	var early, late diary
	g := group.New(fragile, group.WithObserver(early.observe), group.WithObserver(nil))
	g.Get("a")
	stop := g.Observe(late.observe)
	g.Get("b")
	fail(g, "a")
	fail(g, "b")
	early.wants(t, "a open", "b open")
	late.wants(t, "a open", "b open")

	stop()
	stop()
	fail(g, "c")
	early.wants(t, "c open")
	late.wants(t)
	g.Observe(nil)()
	fail(g, "d")
	early.wants(t, "d open")
}

func TestSameFunctionMayObserveTwice(t *testing.T) {
	var d diary
	g := group.New(fragile)
	stop := g.Observe(d.observe)
	g.Observe(d.observe)
	fail(g, "a")
	d.wants(t, "a open", "a open")
	stop()
	fail(g, "b")
	d.wants(t, "b open")
}

func TestPanickingObserverHarmsNobody(t *testing.T) {
	var d diary
	g := group.New(fragile, group.WithObserver(func(circuit.Event) { panic("boom") }), group.WithObserver(d.observe))
	fail(g, "a")
	fail(g, "b")
	d.wants(t, "a open", "b open")
}

func TestObserverMayUseTheGroup(t *testing.T) {
	var d diary
	g := group.New(fragile)
	var stop func()
	stop = g.Observe(func(e circuit.Event) {
		d.observe(e)
		stop()
		g.Observe(d.observe)
		g.Get("another")
		g.Remove(e.Key)
		_ = g.Stats()
	})
	within(t, "an observer that uses its group", func() { fail(g, "a") })
	d.wants(t, "a open")
	fail(g, "b")
	d.wants(t, "b open")
}

func TestOverflowIsObservedUnderItsKey(t *testing.T) {
	var d diary
	g := group.New(fragile, group.WithCap(1), group.WithObserver(d.observe))
	fail(g, "a")
	fail(g, "b")
	d.wants(t, "a open", group.OverflowKey+" open")
}

// A breaker that left the group went on telling under its old key, where a new
// breaker stands: two truths for one key.
func TestBreakerThatLeftIsNotFollowed(t *testing.T) {
	var d diary
	g := group.New(newDial, group.WithCap(1), group.WithObserver(d.observe))
	removed := get(t, g, "a")
	removed.tell(circuit.Event{To: circuit.Open})
	d.wants(t, "a open")
	g.Remove("a")
	removed.tell(circuit.Event{To: circuit.Closed})
	d.wants(t)

	evicted := get(t, g, "b")
	g.Get("c")
	evicted.tell(circuit.Event{To: circuit.Open})
	d.wants(t)
}

// Removed while its factory runs, a breaker is out before it could be followed.
func TestBreakerRemovedWhileMadeIsNotFollowed(t *testing.T) {
	var g *group.Group
	g = group.New(func(key string) circuit.Breaker {
		if !g.Remove(key) {
			t.Error("the key is not there while its factory runs")
		}
		return newDial(key)
	})
	if n := get(t, g, "a").observers(); n != 0 {
		t.Errorf("%d observers follow the breaker, want none", n)
	}
}

// Several keys may share a breaker, such as that of their host. Each key that
// came and went left an observer on it: memory without bound.
func TestSharedBreakerIsFollowedOncePerKeyThatIsThere(t *testing.T) {
	shared := newDial("host").(*dial)
	var d diary
	g := group.New(func(string) circuit.Breaker { return shared }, group.WithCap(3), group.WithObserver(d.observe))
	for i := range 1000 {
		g.Get(keyN(i))
	}
	if n := shared.observers(); n != 3 {
		t.Errorf("%d observers follow the shared breaker, want one for each of 3 keys", n)
	}
	for i := range 1000 {
		g.Remove(keyN(i))
	}
	if n := shared.observers(); n != 0 {
		t.Errorf("%d observers follow the shared breaker of no key, want none", n)
	}
}

func TestBreakersThatCannotBeObserved(t *testing.T) {
	var d diary
	g := group.New(func(string) circuit.Breaker { return circuit.Disabled{} }, group.WithObserver(d.observe))
	fail(g, "a")
	g.Remove("a")
	d.wants(t)
}
