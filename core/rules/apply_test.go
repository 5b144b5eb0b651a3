package rules_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/rules"
	"github.com/go-fusebox/fusebox/core/sre"
)

func snapshot(t *testing.T, b circuit.Breaker) circuit.Snapshot {
	t.Helper()
	r, ok := circuit.As[circuit.Reporter](b)
	if !ok {
		t.Fatalf("a %T tells nothing", b)
	}
	return r.Snapshot()
}

// fail makes calls that fail, as far as they are admitted.
func fail(b circuit.Breaker, n int) (refused int) {
	for range n {
		if p, err := circuit.Acquire(b); err == nil {
			p.Failure()
		} else {
			refused++
		}
	}
	return refused
}

func apply(t *testing.T, g *group.Group, text string, want rules.Changes) {
	t.Helper()
	r := parse(t, text)
	if got := r.Apply(g); got != want {
		t.Errorf("Apply(%s): %v, want %v", text, got, want)
	}
	again := rules.Changes{Kept: want.Kept + want.Updated}
	if got := r.Apply(g); got != again {
		t.Errorf("Apply(%s) again: %v, want %v", text, got, again)
	}
}

const opening = `"/a": {"engine": "hystrix", "settings": {"requestVolumeThreshold": 4, "sleepWindow": "1h"}}`

func TestApplyKeepsWhatDidNotChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := group.New(parse(t, `{`+opening+`}`).Breaker)
		a, b := g.Get("/a"), g.Get("/b")
		events := 0
		g.Observe(func(circuit.Event) { events++ })
		fail(a, 3)
		fail(b, 2)
		time.Sleep(time.Second)
		for _, tt := range []struct {
			name, text string
			want       rules.Changes
		}{
			{"the same document", `{` + opening + `}`, rules.Changes{Kept: 2}},
			{"the defaults in full", `{"*": {"engine": "credit", "mode": "auto", "enabled": true, "settings": {"depth": 8}}, ` + opening + `}`, rules.Changes{Kept: 2}},
			{"by another pattern", `{"*": {"engine": "hystrix", "settings": {"requestVolumeThreshold": 4}}, "/a*": {"settings": {"sleepWindow": "60m"}}, "/b": {"engine": "credit"}}`,
				rules.Changes{Kept: 2}},
			{"a rule that nobody has", `{` + opening + `, "/c": {"mode": "force-open"}}`, rules.Changes{Kept: 2}},
			{"other settings for one", `{` + opening + `, "/b": {"settings": {"depth": 9}}}`, rules.Changes{Kept: 1, Updated: 1}},
		} {
			before, other := snapshot(t, a), snapshot(t, b)
			apply(t, g, tt.text, tt.want)
			if g.Get("/a") != a || g.Get("/b") != b {
				t.Errorf("%s: a breaker is another one", tt.name)
			}
			if got, got2 := snapshot(t, a), snapshot(t, b); got != before || got2 != other {
				t.Errorf("%s: Apply turned\n%+v and %+v into\n%+v and %+v", tt.name, before, other, got, got2)
			}
		}
		fail(a, 1)
		synctest.Wait()
		if s := snapshot(t, a); s.State != circuit.Open || s.Window.Failures != 4 || events != 1 {
			t.Errorf("a window was lost: after 4 failures %v with %+v, %d events", s.State, s.Window, events)
		}
	})
}

func TestApplyUpdatesTheLiveBreaker(t *testing.T) {
	g := group.New(parse(t, `{`+opening+`}`).Breaker)
	a := g.Get("/a").(*hystrix.Breaker)
	fail(a, 5)
	before := a.Snapshot()
	if before.State != circuit.Open || before.Total.Refused != 1 {
		t.Fatalf("the breaker does not open: %+v", before)
	}
	apply(t, g, `{"/a": {"engine": "hystrix", "settings": {"sleepWindow": "7s"}}}`, rules.Changes{Updated: 1})
	if got, want := any(a.Config()), completeOf(t, hystrix.Config{SleepWindow: 7 * time.Second}); got != want {
		t.Errorf("the settings are %+v, want %+v", got, want)
	}
	if s := a.Snapshot(); s.State != circuit.Open || !s.Since.Equal(before.Since) || s.Total != before.Total || g.Get("/a") != a {
		t.Errorf("new settings turned\n%+v into\n%+v", before, s)
	}
	apply(t, g, `{"/a": {"engine": "hystrix", "settings": {"sleepWindow": "7s"}, "mode": "observe"}}`, rules.Changes{Updated: 1})
	if s := a.Snapshot(); s.State != circuit.Open || s.Mode != circuit.Observe || fail(a, 1) != 0 {
		t.Errorf("observing, the breaker is %+v", s)
	}
	apply(t, g, `{"/a": {"engine": "hystrix", "settings": {"sleepWindow": "8s"}, "mode": "force-close"}}`, rules.Changes{Updated: 1})
	if s := a.Snapshot(); s.State != circuit.Closed || s.Mode != circuit.ForceClose || a.Config().SleepWindow != 8*time.Second {
		t.Errorf("forced, the breaker is %+v of %+v", s, a.Config())
	}
}

// An operator has a breaker forced open, and a reload gives it another engine.
func TestOverrideOutlivesItsBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := group.New(compile(t, nil).Breaker)
		for key, d := range map[string]time.Duration{"for good": 0, "for a while": time.Minute, "over": time.Second, "unguarded": 0} {
			setter, _ := circuit.As[circuit.ModeSetter](g.Get(key))
			if err := setter.Override(circuit.ForceOpen, d); err != nil {
				t.Fatal(err)
			}
		}
		g.Get("free")
		time.Sleep(time.Second)
		no := false
		compile(t, rules.Document{"*": {Engine: "hystrix", Mode: "observe"}, "unguarded": {Enabled: &no}}).Apply(g)
		ends := time.Now().Add(59 * time.Second)
		for key, want := range map[string]circuit.Snapshot{
			"for good":    {Engine: "hystrix", Mode: circuit.ForceOpen, BaseMode: circuit.Observe},
			"for a while": {Engine: "hystrix", Mode: circuit.ForceOpen, BaseMode: circuit.Observe, ModeEnds: ends},
			"over":        {Engine: "hystrix", Mode: circuit.Observe, BaseMode: circuit.Observe},
			"free":        {Engine: "hystrix", Mode: circuit.Observe, BaseMode: circuit.Observe},
			"unguarded":   {},
		} {
			r, _ := circuit.As[circuit.Reporter](g.Get(key))
			if s := r.Snapshot(); s.Engine != want.Engine || s.Mode != want.Mode || s.BaseMode != want.BaseMode || !s.ModeEnds.Equal(want.ModeEnds) {
				t.Errorf("%s: the breaker shows %+v, want %+v", key, s, want)
			}
		}
	})
}

func TestApplyLeavesAnOverrideStanding(t *testing.T) {
	g := group.New(parse(t, `{}`).Breaker)
	a := g.Get("/a").(*credit.Breaker)
	if err := a.Override(circuit.ForceOpen, 0); err != nil {
		t.Fatal(err)
	}
	apply(t, g, `{"*": {"mode": "observe", "settings": {"depth": 2}}}`, rules.Changes{Updated: 1})
	apply(t, g, `{"*": {"mode": "observe", "settings": {"depth": 3}}}`, rules.Changes{Updated: 1})
	if s := a.Snapshot(); s.Mode != circuit.ForceOpen || s.BaseMode != circuit.Observe || a.Config().Depth != 3 {
		t.Errorf("under the override the breaker is %+v of %+v", s, a.Config())
	}
	a.Release()
	if s := a.Snapshot(); s.Mode != circuit.Observe {
		t.Errorf("released, the breaker is %+v", s)
	}
}

// Calls that come between the two must not be decided by new settings in the old mode
// where the new mode would not let them decide; nor by old settings in the new mode, if
// that lets them.
func TestApplyOrdersSettingsAndMode(t *testing.T) {
	a := parse(t, `{"*": {"settings": {"depth": 3}, "mode": "auto"}}`)
	b := parse(t, `{"*": {"settings": {"depth": 4}, "mode": "force-open"}}`)
	g := group.New(a.Breaker)
	breaker := g.Get("/a").(*credit.Breaker)
	var depths []int // when the mode changed
	breaker.Observe(func(circuit.Event) { depths = append(depths, breaker.Config().Depth) })
	b.Apply(g)
	a.Apply(g)
	if len(depths) != 2 || depths[0] != 3 || depths[1] != 3 || breaker.Config().Depth != 3 {
		t.Errorf("the mode changed while depth was %v, want 3, before it became 4, and 3 again", depths)
	}
}

type foreign struct{ circuit.Breaker }

// wrapper is a foreign one that shows what it wraps.
type wrapper struct{ circuit.Breaker }

func (w wrapper) Unwrap() circuit.Breaker { return w.Breaker }

func TestApplyReplaces(t *testing.T) {
	credits := func() circuit.Breaker { return compile(t, nil).Breaker("") }
	for _, tt := range []struct {
		name string
		old  circuit.Breaker
		text string
		want rules.Changes
	}{
		{"another engine", credits(), `{"*": {"engine": "sre"}}`, rules.Changes{Replaced: 1}},
		{"what is disabled from now on", credits(), `{"*": {"enabled": false}}`, rules.Changes{Replaced: 1}},
		{"what is no longer disabled", circuit.Disabled{}, `{}`, rules.Changes{Replaced: 1}},
		{"a foreign breaker", foreign{credits()}, `{}`, rules.Changes{Replaced: 1}},
		{"a foreign breaker, to be disabled", foreign{circuit.Disabled{}}, `{"*": {"enabled": false}}`, rules.Changes{Replaced: 1}},
		{"not what stays disabled", circuit.Disabled{}, `{"*": {"enabled": false, "engine": "sre"}}`, rules.Changes{Kept: 1}},
		{"not what stays disabled within a wrapper", wrapper{circuit.Disabled{}}, `{"*": {"enabled": false}}`, rules.Changes{Kept: 1}},
		{"not what is in wrappers", wrapper{circuit.MarksRefusals(credits())}, `{}`, rules.Changes{Kept: 1}},
		{"nor what is in wrappers and has new settings", wrapper{circuit.MarksRefusals(credits())}, `{"*": {"settings": {"depth": 5}}}`, rules.Changes{Updated: 1}},
		{"another engine in wrappers", wrapper{circuit.MarksRefusals(credits())}, `{"*": {"engine": "sre"}}`, rules.Changes{Replaced: 1}},
	} {
		g := group.New(func(string) circuit.Breaker { return tt.old })
		g.Get("/a")
		r := parse(t, tt.text)
		if got := r.Apply(g); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
		now := g.Get("/a")
		if kept := now == tt.old; kept == (tt.want.Replaced == 1) {
			t.Errorf("%s: kept %v", tt.name, kept)
		}
		inner := now
		for u, ok := inner.(circuit.Unwrapper); ok; u, ok = inner.(circuit.Unwrapper) {
			inner = u.Unwrap()
		}
		if got, want := configOf(inner), configOf(r.Breaker("/a")); got != want {
			t.Errorf("%s: the settings are %+v, want %+v", tt.name, got, want)
		}
		if got, want := r.Apply(g), (rules.Changes{Kept: 1}); got != want {
			t.Errorf("%s: again: %v, want %v", tt.name, got, want)
		}
	}
}

func TestApplyAndSpecialKeys(t *testing.T) {
	own := compile(t, rules.Document{"*": {Engine: "sre"}})
	g := group.New(compile(t, nil).Breaker, group.WithCap(1), group.WithOverride("/own", own.Breaker))
	mine := g.Get("/own")
	fail(mine, 1) // or it would make room for the next
	overflow := g.Get("/b")
	if overflow != g.Get("/c") {
		t.Fatal("the group does not overflow")
	}
	apply(t, g, `{"*": {"mode": "observe"}, "(overflow)": {"settings": {"depth": 9}}}`, rules.Changes{Updated: 1})
	if g.Get("/own") != mine || snapshot(t, mine).BaseMode != circuit.Auto {
		t.Error("a key of WithOverride was not left alone")
	}
	if b := g.Get("/b"); b != overflow || b.(*credit.Breaker).Config().Depth != 9 || snapshot(t, b).BaseMode != circuit.Observe {
		t.Errorf("the overflow breaker is %+v", snapshot(t, b))
	}
	if _, ok := mine.(*sre.Breaker); !ok {
		t.Errorf("the key of its own has a %T", mine)
	}
}

func TestNewBreakersAreOfTheNewRules(t *testing.T) {
	g := group.New(nil)
	compile(t, rules.Document{"*": {Mode: "observe"}}).Apply(g)
	compile(t, rules.Document{"/a": {Engine: "sre", Mode: "force-open"}}).Apply(g)
	if s := snapshot(t, g.Get("/a")); s.Engine != "sre" || s.BaseMode != circuit.ForceOpen || fail(g.Get("/a"), 1) != 1 {
		t.Errorf("/a is %+v", s)
	}
	if s := snapshot(t, g.Get("/b")); s.Engine != "credit" || s.BaseMode != circuit.Auto {
		t.Errorf("/b is %+v", s)
	}
}

func TestChangesInWords(t *testing.T) {
	if got := (rules.Changes{Kept: 9, Updated: 2, Replaced: 1}).String(); got != "9 kept, 2 updated, 1 replaced" {
		t.Error(got)
	}
}
