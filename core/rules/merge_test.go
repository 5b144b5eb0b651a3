package rules_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/rules"
	"github.com/go-fusebox/fusebox/core/sre"
)

func parse(tb testing.TB, text string) *rules.Rules {
	tb.Helper()
	r, err := rules.Parse([]byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// configOf is the Config of an engine's breaker, nil for others.
func configOf(b circuit.Breaker) any {
	switch b := b.(type) {
	case *credit.Breaker:
		return b.Config()
	case *hystrix.Breaker:
		return b.Config()
	case *sre.Breaker:
		return b.Config()
	default:
		return nil
	}
}

// completeOf is what an engine makes of a Config.
func completeOf(tb testing.TB, config any) any {
	tb.Helper()
	var b circuit.Breaker
	var err error
	switch c := config.(type) {
	case credit.Config:
		b, err = credit.New(c)
	case hystrix.Config:
		b, err = hystrix.New(c)
	case sre.Config:
		b, err = sre.New(c)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return configOf(b)
}

func TestMerging(t *testing.T) {
	const base = `"*": {"engine": "sre", "settings": {"k": 3, "window": "7s", "countRefusals": true}, "mode": "observe"}`
	const off = `"*": {"settings": {"depth": 3}, "enabled": false}`
	for _, tt := range []struct {
		name, text string
		want       any // the Config, nil for a breaker that is disabled
		mode       circuit.Mode
	}{
		{"no rule at all", `{}`, credit.Config{}, circuit.Auto},
		{"an empty one", `{"/a": {}}`, credit.Config{}, circuit.Auto},
		{"the engine of the defaults", `{"*": {"engine": "hystrix"}, "/a": {"settings": {"probes": 2}}}`, hystrix.Config{Probes: 2}, circuit.Auto},
		{"all from the defaults", `{` + base + `}`, sre.Config{K: 3, Window: 7 * time.Second, CountRefusals: true}, circuit.Observe},
		{"one setting over them", `{` + base + `, "/a": {"settings": {"k": 4}}}`,
			sre.Config{K: 4, Window: 7 * time.Second, CountRefusals: true}, circuit.Observe},
		{"false over true", `{` + base + `, "/a": {"settings": {"countRefusals": false}}}`, sre.Config{K: 3, Window: 7 * time.Second}, circuit.Observe},
		{"0 is the engine's default", `{` + base + `, "/a": {"settings": {"k": 0, "window": "0"}}}`, sre.Config{CountRefusals: true}, circuit.Observe},
		{"the same engine, named", `{` + base + `, "/a": {"engine": "sre", "mode": "force-close"}}`,
			sre.Config{K: 3, Window: 7 * time.Second, CountRefusals: true}, circuit.ForceClose},
		{"another engine takes no settings", `{` + base + `, "/a": {"engine": "hystrix", "settings": {"buckets": 4}}}`,
			hystrix.Config{Buckets: 4}, circuit.Observe},
		{"another engine without settings", `{` + base + `, "/a": {"engine": "credit"}}`, credit.Config{}, circuit.Observe},
		{"the default engine, named here alone", `{"*": {"settings": {"depth": 3}}, "/a": {"engine": "credit"}}`, credit.Config{Depth: 3}, circuit.Auto},
		{"another engine takes none of the same name", `{"*": {"settings": {"probeInterval": "3s"}}, "/a": {"engine": "sre"}}`, sre.Config{}, circuit.Auto},
		{"back to auto", `{` + base + `, "/a": {"mode": "auto"}}`, sre.Config{K: 3, Window: 7 * time.Second, CountRefusals: true}, circuit.Auto},
		{"globs between don't count", `{` + base + `, "/*": {"settings": {"k": 9}, "mode": "force-open"}, "/a": {"settings": {"k": 4}}}`,
			sre.Config{K: 4, Window: 7 * time.Second, CountRefusals: true}, circuit.Observe},
		{"disabled", `{"/a": {"enabled": false, "mode": "force-open"}}`, nil, circuit.Auto},
		{"disabled by the defaults", `{` + off + `}`, nil, circuit.Auto},
		{"enabled again", `{` + off + `, "/a": {"enabled": true}}`, credit.Config{Depth: 3}, circuit.Auto},
		{"a bound that moved", `{"*": {"engine": "hystrix", "settings": {"maxSleepWindow": "20s"}}, "/a": {"settings": {"sleepWindow": "20s"}}}`,
			hystrix.Config{SleepWindow: 20 * time.Second, MaxSleepWindow: 20 * time.Second}, circuit.Auto},
	} {
		r := parse(t, tt.text)
		b := r.Breaker("/a")
		if tt.want == nil {
			if b != (circuit.Disabled{}) || *r.For("/a").Rule.Enabled {
				t.Errorf("%s: the breaker is a %T, the rule %v", tt.name, b, r.For("/a"))
			}
			continue
		}
		if got, want := configOf(b), completeOf(t, tt.want); got != want {
			t.Errorf("%s: the settings are\n%+v, want\n%+v", tt.name, got, want)
		}
		if got := b.(circuit.Reporter).Snapshot(); got.BaseMode != tt.mode || got.Mode != tt.mode {
			t.Errorf("%s: the modes are %v and %v, want %v", tt.name, got.BaseMode, got.Mode, tt.mode)
		}
		same(t, tt.name, r, "/a")
	}
}

// same demands that what For explains is a rule of the same effect.
func same(t *testing.T, name string, r *rules.Rules, key string) {
	t.Helper()
	explained := r.For(key)
	text, err := json.Marshal(rules.Document{"*": explained.Rule})
	if err != nil {
		t.Fatal(err)
	}
	again, err := rules.Parse(text)
	if err != nil {
		t.Errorf("%s: what is in force can't be read: %v", name, err)
		return
	}
	explained.Pattern = "*"
	if got, want := again.For(key).String(), explained.String(); got != want {
		t.Errorf("%s: what is in force reads as\n%s, want\n%s", name, got, want)
	}
	if got, want := configOf(again.Breaker(key)), configOf(r.Breaker(key)); got != want {
		t.Errorf("%s: the settings are\n%+v once For is read, want\n%+v", name, got, want)
	}
}

func TestExplained(t *testing.T) {
	r := parse(t, `{"*": {"mode": "observe"}, "/pkg.Greeter/*": {"engine": "sre", "settings": {"k": 1.5, "probeInterval": "-1s"}}}`)
	const want = `{"key":"/pkg.Greeter/Hi","pattern":"/pkg.Greeter/*","rule":{"engine":"sre","settings":` +
		`{"buckets":10,"k":1.5,"maxDropRatio":1,"minRequests":20,"probeInterval":"-1s","window":"3s"},"mode":"observe","enabled":true}}`
	explained := r.For("/pkg.Greeter/Hi")
	if got := explained.String(); got != want {
		t.Errorf("the rule is\n%s, want\n%s", got, want)
	}
	explained.Rule.Settings["k"] = 9.0
	*explained.Rule.Enabled = false
	if got := r.For("/pkg.Greeter/Hi").String(); got != want {
		t.Errorf("who changes what For returns changes the rules:\n%s", got)
	}
	if got := completeOf(t, sre.Config{K: 1.5, ProbeInterval: -time.Second}); configOf(r.Breaker("/pkg.Greeter/Hi")) != got {
		t.Errorf("the breaker's settings are %+v", configOf(r.Breaker("/pkg.Greeter/Hi")))
	}
}

func TestDocumentMayBeChangedAfterwards(t *testing.T) {
	on := true
	d := rules.Document{"*": {Settings: map[string]any{"depth": 3}, Enabled: &on}}
	r := compile(t, d)
	d["*"].Settings["depth"] = 4
	on = false
	d["/a"] = rules.Rule{Mode: "force-open"}
	if got := configOf(r.Breaker("/a")); got != completeOf(t, credit.Config{Depth: 3}) {
		t.Errorf("the document's change is in force: %+v", got)
	}
}
