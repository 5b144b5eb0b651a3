package metrics_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/metrics"
)

func TestKeyShowsAllThatHappensToIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := group.New(brittle)
		defer metrics.CountAdmissions(g)()
		b := g.Get("pay")
		want := fresh()
		read(t, g)["pay"].wants(t, "at first", want)

		call(t, b, circuit.Success)
		call(t, b, circuit.Ignored)
		want = want.but(series{"call.admitted": 2, "call.finished{success}": 1, "call.finished{ignored}": 1})
		read(t, g)["pay"].wants(t, "after two calls", want)

		waiting, err := circuit.Acquire(b)
		if err != nil {
			t.Fatal(err)
		}
		want = want.but(series{"call.admitted": 3, "call.in_flight": 1})
		read(t, g)["pay"].wants(t, "during the third", want)
		waiting.Success()
		want = want.but(series{"call.in_flight": 0, "call.finished{success}": 2})
		read(t, g)["pay"].wants(t, "after the third", want)

		call(t, b, circuit.Overload)
		if call(t, b, circuit.Success) {
			t.Fatal("the breaker is closed")
		}
		want = want.but(series{
			"call.admitted": 4, "call.refused": 1, "call.finished{overload}": 1,
			"state{closed}": 0, "state{open}": 1, "drop_ratio": 1, "transitions{open}": 1,
		})
		read(t, g)["pay"].wants(t, "after an overload", want)

		time.Sleep(10 * time.Second)
		probe, err := circuit.Acquire(b)
		if err != nil {
			t.Fatal(err)
		}
		want = want.but(series{
			"call.admitted": 5, "call.in_flight": 1,
			"state{open}": 0, "state{half-open}": 1, "transitions{half-open}": 1,
		})
		read(t, g)["pay"].wants(t, "during the probe", want)
		probe.Failure()
		want = want.but(series{
			"call.in_flight": 0, "call.finished{failure}": 1,
			"state{open}": 1, "state{half-open}": 0, "transitions{open}": 2,
		})
		read(t, g)["pay"].wants(t, "after the probe", want)
	})
}

func TestModes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := group.New(brittle)
		defer metrics.CountAdmissions(g)()
		b := g.Get("pay")
		mode, _ := circuit.As[circuit.ModeSetter](b)
		if err := mode.SetMode(circuit.Observe); err != nil {
			t.Fatal(err)
		}
		want := fresh().but(series{"mode{auto}": 0, "mode{observe}": 1})
		read(t, g)["pay"].wants(t, "observing", want)

		call(t, b, circuit.Failure)
		call(t, b, circuit.Success)
		want = want.but(series{
			"call.admitted": 2, "call.would_refuse": 1, "call.finished{failure}": 1, "call.finished{success}": 1,
			"state{closed}": 0, "state{open}": 1, "drop_ratio": 1, "transitions{open}": 1,
		})
		read(t, g)["pay"].wants(t, "with one call that would be refused", want)

		if err := mode.Override(circuit.ForceClose, time.Minute); err != nil {
			t.Fatal(err)
		}
		forced := want.but(series{
			"mode{observe}": 0, "mode{force-close}": 1,
			"state{closed}": 1, "state{open}": 0, "drop_ratio": 0, "transitions{closed}": 1,
		})
		read(t, g)["pay"].wants(t, "forced", forced)
		time.Sleep(time.Minute)
		read(t, g)["pay"].wants(t, "after that", forced.but(series{"mode{observe}": 1, "mode{force-close}": 0}))
	})
}

// A breaker that opened and closed between two readings was open: both changes count,
// although neither reading saw it open.
func TestChangesBetweenReadingsAreCounted(t *testing.T) {
	g := group.New(brittle)
	b := g.Get("pay")
	mode, _ := circuit.As[circuit.ModeSetter](b)
	for range 100 {
		for _, m := range []circuit.Mode{circuit.ForceOpen, circuit.Auto} {
			if err := mode.SetMode(m); err != nil {
				t.Fatal(err)
			}
		}
	}
	read(t, g)["pay"].wants(t, "later", fresh().but(series{"transitions{open}": 100, "transitions{closed}": 100}))
}

func TestDroppedEvents(t *testing.T) {
	g := group.New(brittle)
	var b circuit.Breaker
	flapped := false
	g.Observe(func(circuit.Event) {
		if flapped { // 1 is being told, 256 wait
			return
		}
		flapped = true
		mode, _ := circuit.As[circuit.ModeSetter](b)
		for range 150 {
			_ = mode.SetMode(circuit.ForceClose)
			_ = mode.SetMode(circuit.ForceOpen)
		}
	})
	b = g.Get("pay")
	call(t, b, circuit.Failure)
	got := read(t, g)["pay"]
	if got["event.dropped"] != 300-256 {
		t.Errorf("%v events were dropped, want 44", got["event.dropped"])
	}
	if got["transitions{open}"] != 151 || got["transitions{closed}"] != 150 {
		t.Errorf("transitions are %v", got)
	}
}

func TestGroup(t *testing.T) {
	busy := func(key string) circuit.Breaker {
		b := brittle(key)
		b.MarkFailed() // which keeps it from eviction
		return b
	}
	g := group.New(busy, group.WithCap(2), group.WithOverride("idle", brittle))
	defer metrics.CountAdmissions(g)()
	want := series{"group.key.usage": 0, "group.key.limit": 2, "group.key.evicted": 0, "group.lookup.overflowed": 0}
	named(t, metrics.OfGroup(), metrics.Group(g)).wants(t, "at first", want)
	for _, key := range []string{"idle", "a", "b", "c", "c"} {
		g.Get(key)
	}
	want = want.but(series{"group.key.usage": 2, "group.key.evicted": 1, "group.lookup.overflowed": 2})
	named(t, metrics.OfGroup(), metrics.Group(g)).wants(t, "beyond the cap", want)

	all := read(t, g)
	if len(all) != 3 {
		t.Fatalf("there are %d keys, want a, b and the overflow", len(all))
	}
	for _, key := range []string{"a", "b", group.OverflowKey} {
		all[key].wants(t, key, fresh().but(series{
			"state{closed}": 0, "state{open}": 1, "drop_ratio": 1, "transitions{open}": 1, "call.finished{failure}": 1,
		}))
	}
}

func TestReadingEndsWhenAsked(t *testing.T) {
	g := group.New(brittle)
	for _, key := range []string{"a", "b", "c"} {
		g.Get(key)
	}
	n := 0
	for range metrics.Keys(g) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d keys were read, want 1", n)
	}
}
