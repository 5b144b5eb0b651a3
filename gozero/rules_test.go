package gozero_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/core/conf"
	configurator "github.com/zeromicro/go-zero/core/configcenter"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/rules"
	"github.com/go-fusebox/fusebox/gozero"
)

// rulesConfig is a service's, with rules among the rest.
type rulesConfig struct {
	Name     string
	Breakers rules.Document
	Others   rules.Document `json:",optional"` //nolint:staticcheck // an option of go-zero
}

func breakersOf(c rulesConfig) rules.Document { return c.Breakers }

// Patterns with dots, slashes, stars and capitals, and settings of each kind, come
// through go-zero's conf as they were written, in each of its languages.
func TestRulesInGoZerosConf(t *testing.T) {
	const inJSON = `{
	"*": {"settings": {"threshold": 0.4, "depth": 9, "probeInterval": "500ms"}},
	"/helloworld.v1.Greeter/*": {"mode": "observe"},
	"/helloworld.v1.Greeter/SayHello": {"engine": "hystrix", "enabled": true,
		"settings": {"errorPercentThreshold": 30, "sleepWindow": "2s", "requestVolumeThreshold": 7}},
	"sre": {"engine": "sre", "settings": {"k": 1.5, "countRefusals": true}},
	"GET:/users/:ID": {"enabled": false},
	"mode": {"mode": "force-open"}
}`
	want, err := rules.Parse([]byte(inJSON))
	if err != nil {
		t.Fatal(err)
	}
	for name, load := range map[string]func(any) error{
		"JSON": func(v any) error {
			return conf.LoadFromJsonBytes([]byte(`{"name": "users", "breakers": `+inJSON+`}`), v)
		},
		"YAML": func(v any) error {
			return conf.LoadFromYamlBytes([]byte(`
Name: users
Breakers:
  "*":
    settings: {threshold: 0.4, depth: 9, probeInterval: 500ms}
  /helloworld.v1.Greeter/*: {Mode: observe}
  /helloworld.v1.Greeter/SayHello:
    Engine: hystrix
    Enabled: true
    Settings: {errorPercentThreshold: 30, sleepWindow: 2s, requestVolumeThreshold: 7}
  sre: {engine: sre, settings: {k: 1.5, countRefusals: true}}
  GET:/users/:ID: {enabled: false}
  mode: {mode: force-open}
`), v)
		},
		"TOML": func(v any) error {
			return conf.LoadFromTomlBytes([]byte(`
name = "users"
[breakers."*".settings]
threshold = 0.4
depth = 9
probeInterval = "500ms"
[breakers."/helloworld.v1.Greeter/*"]
mode = "observe"
[breakers."/helloworld.v1.Greeter/SayHello"]
engine = "hystrix"
enabled = true
settings = { errorPercentThreshold = 30, sleepWindow = "2s", requestVolumeThreshold = 7 }
[breakers.sre]
engine = "sre"
settings = { k = 1.5, countRefusals = true }
[breakers."GET:/users/:ID"]
enabled = false
[breakers.mode]
mode = "force-open"
`), v)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var c rulesConfig
			if err := load(&c); err != nil {
				t.Fatal(err)
			}
			got, err := c.Breakers.Compile()
			if err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{"any", "/helloworld.v1.Greeter/Bye", "/helloworld.v1.Greeter/SayHello", "sre", "GET:/users/:ID", "mode"} {
				if got, want := got.For(key).String(), want.For(key).String(); got != want {
					t.Errorf("%s: got\n%s\nwant\n%s", key, got, want)
				}
			}
			if len(c.Others) != 0 {
				t.Errorf("left out: %v, want none", c.Others)
			}
		})
	}
}

// subscriber is a config center in memory.
type subscriber struct {
	mu        sync.Mutex
	content   string
	err       error
	listeners []func()
}

func (s *subscriber) AddListener(f func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners = append(s.listeners, f)
	return nil
}

func (s *subscriber) Value() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.content, s.err
}

func (s *subscriber) set(content string) {
	s.mu.Lock()
	s.content = content
	listeners := s.listeners
	s.mu.Unlock()
	for _, f := range listeners {
		f()
	}
}

func center(t *testing.T, content string) (*subscriber, configurator.Configurator[rulesConfig]) {
	t.Helper()
	s := &subscriber{content: content}
	cc, err := configurator.NewConfigCenter[rulesConfig](configurator.Config{Type: "yaml"}, s)
	if err != nil {
		t.Fatal(err)
	}
	return s, cc
}

type reload struct {
	done rules.Changes
	err  error
}

// watching calls WatchRules, and returns what its onReload will be told.
func watching(t *testing.T, cc configurator.Configurator[rulesConfig], g *group.Group) func() reload {
	t.Helper()
	told := make(chan reload, 10_000)
	if err := gozero.WatchRules(t.Context(), cc, breakersOf, g, func(done rules.Changes, err error) { told <- reload{done, err} }); err != nil {
		t.Fatal(err)
	}
	return func() reload {
		t.Helper()
		select {
		case r := <-told:
			return r
		case <-time.After(20 * time.Second):
			t.Fatal("nothing was told for 20s")
			return reload{}
		}
	}
}

func modeOf(g *group.Group, key string) circuit.Mode {
	if r, ok := circuit.As[circuit.Reporter](g.Get(key)); ok {
		return r.Snapshot().BaseMode
	}
	return circuit.Auto
}

func inMode(mode string) string { return "name: users\nbreakers: {\"*\": {mode: " + mode + "}}\n" }

// What is bad at first is the caller's error, and the group is as before.
func TestRulesThatAreBadAtFirst(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"a bad value":  {"name: users\nbreakers: {/a.B/C: {settings: {depth: 5000}}}", `gozero: rules: rule "/a.B/C": settings.depth is 5000, must be from`},
		"a bad engine": {"name: users\nbreakers: {\"*\": {engine: best}}", `rule "*": engine is "best", must be credit, hystrix or sre`},
	} {
		t.Run(name, func(t *testing.T) {
			_, cc := center(t, c.content)
			g := group.New(func(string) circuit.Breaker { return circuit.Disabled{} })
			before := g.Get("k")
			if err := gozero.WatchRules(t.Context(), cc, breakersOf, g, nil); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got the error %v, want one of %q", err, c.want)
			}
			if g.Get("k") != before || g.Get("another") != before {
				t.Error("the group was changed")
			}
		})
	}
}

// A thousand configs, every third one bad, while calls go on: each is told of once, and
// after each the last good one is in force. go-zero tells of bad ones, too.
func TestRulesReload(t *testing.T) {
	source, cc := center(t, "name: users\nbreakers: {/f.F/F: {mode: force-open}}\n")
	g := group.New(nil)
	next := watching(t, cc, g)
	free := g.Get("/a.B/C")
	var callers sync.WaitGroup
	end := make(chan struct{})
	stop := sync.OnceFunc(func() { close(end); callers.Wait() })
	defer stop()
	callers.Go(func() {
		for {
			select {
			case <-end:
				return
			case <-time.After(20 * time.Microsecond):
			}
			if permit, err := circuit.Acquire(g.Get("/a.B/C")); err != nil {
				t.Error("a call was refused that no rule has refused:", err)
			} else {
				permit.Success()
			}
			if g.Get("/f.F/F").Allow() == nil {
				t.Error("a call was let through that each rule has refused")
			}
		}
	})
	bads := []string{
		"name: users\nbreakers: {\"*\": {settings: {depth: -%d}}}", // refused by the rules
		"breakers: {\"*\": {mode: auto}} # %d",                     // refused by conf: no name
		"name: [\n# %d",                                            // no YAML
	}
	mode := circuit.Auto
	for n := range 1000 {
		if n%3 == 2 {
			source.set(fmt.Sprintf(bads[n%len(bads)], n))
		} else {
			mode = circuit.Observe - mode
			source.set(fmt.Sprintf("name: users\nbreakers: {/f.F/F: {mode: force-open}, /a.B/C: {mode: %v}}\n", mode))
		}
		got := next()
		if bad := n%3 == 2; bad != (got.err != nil) {
			t.Fatalf("config %d: told %v, %v", n, got.done, got.err)
		}
		if now := modeOf(g, "/a.B/C"); now != mode {
			t.Fatalf("config %d: got the mode %v, want %v", n, now, mode)
		}
	}
	stop()
	if g.Get("/a.B/C") != free {
		t.Error("the breaker was made anew")
	}
}

// Changes elsewhere in the config, and the same bad rules again, are not told of.
func TestRulesThatDoNotChange(t *testing.T) {
	source, cc := center(t, inMode("observe"))
	g := group.New(nil)
	next := watching(t, cc, g)
	source.set(strings.Replace(inMode("observe"), "users", "others", 1))
	source.set(inMode("never"))
	if got := next(); got.err == nil || !strings.Contains(got.err.Error(), `mode is "never"`) {
		t.Errorf("got %v, %v, want the error of the mode", got.done, got.err)
	}
	source.set(strings.Replace(inMode("never"), "users", "others", 1))
	source.set(inMode("force-close"))
	if got := next(); got.err != nil || modeOf(g, "k") != circuit.ForceClose {
		t.Errorf("got %v, %v and the mode %v, want force-close", got.done, got.err, modeOf(g, "k"))
	}
	source.set("") // which go-zero calls an error
	if got := next(); got.err == nil || modeOf(g, "k") != circuit.ForceClose {
		t.Errorf("got %v and the mode %v, want an error and force-close", got.done, modeOf(g, "k"))
	}
	source.set(inMode("force-close")) // all is well again
	if got := next(); got.err != nil || got.done != (rules.Changes{Kept: 1}) {
		t.Errorf("got %v, %v, want that one was kept", got.done, got.err)
	}
}

// go-zero calls its listeners at once and in no order: in the end the last rules count.
func TestRulesThatChangeAtOnce(t *testing.T) {
	source, cc := center(t, inMode("auto"))
	g := group.New(nil)
	next := watching(t, cc, g)
	for range 50 {
		for _, mode := range []string{"force-open", "auto", "never", "observe"} {
			source.set(inMode(mode))
		}
		for modeOf(g, "k") != circuit.Observe {
			next()
		}
		source.set(inMode("force-close"))
		for modeOf(g, "k") != circuit.ForceClose {
			next()
		}
	}
}

func TestRulesAfterTheEndOfTheContext(t *testing.T) {
	source, cc := center(t, inMode("auto"))
	g := group.New(nil)
	ctx, stop := context.WithCancel(t.Context())
	err := gozero.WatchRules(ctx, cc, breakersOf, g, func(done rules.Changes, err error) { t.Error("was told", done, err) })
	if err != nil {
		t.Fatal(err)
	}
	stop()
	other := group.New(nil)
	next := watching(t, cc, other)
	source.set(inMode("observe"))
	next()
	if modeOf(g, "k") != circuit.Auto || modeOf(other, "k") != circuit.Observe {
		t.Errorf("got the modes %v and %v, want auto and observe", modeOf(g, "k"), modeOf(other, "k"))
	}
	if err := gozero.WatchRules(ctx, cc, breakersOf, g, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

// A panic of onReload doesn't keep later rules from being taken.
func TestAPanicInOnReload(t *testing.T) {
	source, cc := center(t, inMode("auto"))
	g := group.New(nil)
	calls := make(chan struct{}, 10)
	err := gozero.WatchRules(t.Context(), cc, breakersOf, g, func(rules.Changes, error) {
		calls <- struct{}{}
		panic("of onReload")
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []string{"observe", "force-open", "force-close"} {
		source.set(inMode(mode))
		<-calls
		if got := modeOf(g, "k").String(); got != mode {
			t.Errorf("got the mode %v, want %v", got, mode)
		}
	}
}
