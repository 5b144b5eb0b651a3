package kratos_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kratos/kratos/v2/config"
	"github.com/go-kratos/kratos/v2/config/file"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/rules"
	"github.com/go-fusebox/fusebox/kratos"
)

// memory is a source of config whose content a test sets.
type memory struct {
	content string
	changed chan string
	stopped sync.Once
	end     chan struct{}
}

func inMemory(content string) *memory {
	return &memory{content: content, changed: make(chan string), end: make(chan struct{})}
}

func (m *memory) values(content string) []*config.KeyValue {
	return []*config.KeyValue{{Key: "app.yaml", Format: "yaml", Value: []byte(content)}}
}

func (m *memory) Load() ([]*config.KeyValue, error) { return m.values(m.content), nil }
func (m *memory) Watch() (config.Watcher, error)    { return m, nil }
func (m *memory) Stop() error                       { m.stopped.Do(func() { close(m.end) }); return nil }
func (m *memory) set(content string)                { m.changed <- content }
func (m *memory) Next() (kvs []*config.KeyValue, _ error) {
	select {
	case content := <-m.changed:
		return m.values(content), nil
	case <-m.end:
		return nil, context.Canceled
	}
}

// load makes a config of sources.
func load(t *testing.T, sources ...config.Source) config.Config {
	t.Helper()
	c := config.New(config.WithSource(sources...))
	t.Cleanup(func() { _ = c.Close() })
	if err := c.Load(); err != nil {
		t.Fatal(err)
	}
	return c
}

type reload struct {
	done rules.Changes
	err  error
}

// watching calls WatchRules, and returns what its onReload will be told.
func watching(t *testing.T, c config.Config, key string, g *group.Group) func() reload {
	t.Helper()
	told := make(chan reload, 10_000)
	if err := kratos.WatchRules(t.Context(), c, key, g, func(done rules.Changes, err error) { told <- reload{done, err} }); err != nil {
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

// Patterns with dots, slashes, stars and capitals, and values of each kind, come through
// Kratos' decoding, merging and resolving as they were written.
func TestRulesInKratosConfig(t *testing.T) {
	const document = `
breakers:
  "*":
    settings: {threshold: 0.4, depth: 9, probeInterval: 500ms}
  /helloworld.v1.Greeter/*: {mode: "${usual:observe}"}
  /helloworld.v1.Greeter/SayHello:
    engine: hystrix
    settings: {errorPercentThreshold: 30, sleepWindow: 2s, requestVolumeThreshold: 7}
  /off.v1.Off/Call: {enabled: false}
`
	const inJSON = `{
	"*": {"settings": {"threshold": 0.4, "depth": 9, "probeInterval": "500ms"}},
	"/helloworld.v1.Greeter/*": {"mode": "observe"},
	"/helloworld.v1.Greeter/SayHello": {"engine": "hystrix",
		"settings": {"errorPercentThreshold": 30, "sleepWindow": "2s", "requestVolumeThreshold": 7}},
	"/off.v1.Off/Call": {"enabled": false}
}`
	want, err := rules.Parse([]byte(inJSON))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(inJSON)
	deep := "app:\n  deep:" + strings.ReplaceAll(document, "\n", "\n    ")
	for name, c := range map[string]struct{ content, key string }{
		"a map":           {document, "breakers"},
		"a map deep down": {deep, "app.deep.breakers"},
		"text":            {"breakers: " + string(text), "breakers"},
		"lines of text":   {"breakers: |\n  " + strings.ReplaceAll(inJSON, "\n", "\n  "), "breakers"},
	} {
		t.Run(name, func(t *testing.T) {
			g := group.New(nil)
			if err := kratos.WatchRules(t.Context(), load(t, inMemory(c.content)), c.key, g, nil); err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{"any", "/helloworld.v1.Greeter/Bye", "/helloworld.v1.Greeter/SayHello", "/off.v1.Off/Call"} {
				got := g.Get(key)
				if same := want.Apply(g); same.Replaced != 0 || same.Updated != 0 || g.Get(key) != got {
					t.Errorf("the breaker of %s isn't as the rules say: %v", key, same)
				}
			}
			if mode := modeOf(g, "/helloworld.v1.Greeter/Bye"); mode != circuit.Observe {
				t.Errorf("got the mode %v, want observe", mode)
			}
		})
	}
}

// What is missing or bad at first is the caller's error, and the group is as before.
func TestRulesThatAreBadAtFirst(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"missing":     {"other: {}", "key not found"},
		"no value":    {"breakers:", "key not found"}, // where Kratos' own Watch panics
		"under text":  {"app: text", "key not found"},
		"a number":    {"breakers: 5", "the document is 5, must be an object"},
		"a null rule": {"breakers: {/a.B/C: }", `kratos: rules under "breakers": rules: rule "/a.B/C" is null, must be an object`},
		"a bad value": {"breakers: {/a.B/C: {settings: {depth: 5000}}}", `rules: rule "/a.B/C": settings.depth is 5000, must be from`},
		"an odd field": {"breakers: {\"*\": {engin: sre}}",
			`rules: rule "*": engin is no field of a rule, which has engine, settings, mode and enabled`},
		"bad text":        {"breakers: |\n  {\n  \"*\": {\"mode\": 5}}", `rules: line 2: rule "*": mode is 5, must be auto`},
		"text of no JSON": {"breakers: observe", "rules: line 1, column 1: invalid character 'o'"},
	} {
		t.Run(name, func(t *testing.T) {
			g := group.New(func(string) circuit.Breaker { return circuit.Disabled{} })
			before := g.Get("k")
			err := kratos.WatchRules(t.Context(), load(t, inMemory(c.content)), "breakers", g, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "kratos: ") {
				t.Errorf("got the error %v, want one of %q", err, c.want)
			}
			if g.Get("k") != before || g.Get("another") != before {
				t.Error("the group was changed")
			}
		})
	}
	if err := kratos.WatchRules(t.Context(), load(t, inMemory("{}")), "breakers", group.New(nil), nil); !errors.Is(err, config.ErrNotFound) {
		t.Errorf("got the error %v, want config.ErrNotFound in it", err)
	}
}

// A thousand documents, every third one bad, while calls go on: each is told of once,
// and after each the last good one is in force.
func TestRulesReload(t *testing.T) {
	for name, form := range map[string]func(document string) string{
		"maps": func(document string) string { return "breakers: " + document },
		"text": func(document string) string {
			text, _ := json.Marshal(document)
			return "breakers: " + string(text)
		},
	} {
		t.Run(name, func(t *testing.T) {
			source := inMemory(form(`{"*": {"settings": {"depth": 4}}, "/f.F/F": {"mode": "force-open"}}`))
			g := group.New(nil)
			next := watching(t, load(t, source), "breakers", g)
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
			for n := range 1000 {
				depth := 5 + n%2
				if n%3 == 2 {
					depth = -n
				}
				source.set(form(fmt.Sprintf(`{"*": {"settings": {"depth": %d}}, "/f.F/F": {"mode": "force-open"}, "/a.B/C": {"mode": %q}}`,
					depth, []string{"observe", "auto"}[n/2%2])))
				got := next()
				if bad := n%3 == 2; bad != (got.err != nil) {
					t.Fatalf("document %d: told %v, %v", n, got.done, got.err)
				}
				if got.err == nil {
					if want := []circuit.Mode{circuit.Observe, circuit.Auto}[n/2%2]; modeOf(g, "/a.B/C") != want {
						t.Fatalf("document %d: got the mode %v, want %v", n, modeOf(g, "/a.B/C"), want)
					}
				}
			}
			stop()
			if g.Get("/a.B/C") != free {
				t.Error("the breaker was made anew")
			}
		})
	}
}

// Kratos merges maps: what is deleted stays. Text is replaced whole.
func TestADeletedRule(t *testing.T) {
	for name, c := range map[string]struct {
		before, after string
		want          circuit.Mode
	}{
		"of a map":           {`{"/a.B/C": {mode: observe}}`, `{"/a.B/D": {mode: observe}}`, circuit.Observe},
		"of a map, reworded": {`{"/a.B/C": {mode: observe}}`, `{"/a.B/C": {mode: auto}}`, circuit.Auto},
		"of text":            {`'{"/a.B/C": {"mode": "observe"}}'`, `'{"/a.B/D": {"mode": "observe"}}'`, circuit.Auto},
	} {
		t.Run(name, func(t *testing.T) {
			source := inMemory("breakers: " + c.before)
			g := group.New(nil)
			next := watching(t, load(t, source), "breakers", g)
			if mode := modeOf(g, "/a.B/C"); mode != circuit.Observe {
				t.Fatalf("got the mode %v, want observe", mode)
			}
			source.set("breakers: " + c.after)
			if got := next(); got.err != nil {
				t.Fatal(got.err)
			}
			if mode := modeOf(g, "/a.B/C"); mode != c.want {
				t.Errorf("got the mode %v, want %v", mode, c.want)
			}
		})
	}
}

// Changes elsewhere in the config, and the same bad rules again, are not told of.
func TestRulesThatDoNotChange(t *testing.T) {
	source := inMemory("breakers: {\"*\": {mode: observe}}\nother: 1")
	g := group.New(nil)
	next := watching(t, load(t, source), "breakers", g)
	source.set("breakers: {\"*\": {mode: observe}}\nother: 2")
	source.set("breakers: {\"*\": {mode: no}}\nother: 2")
	if got := next(); got.err == nil || !strings.Contains(got.err.Error(), `mode is "no"`) {
		t.Errorf("got %v, %v, want the error of the mode", got.done, got.err)
	}
	source.set("breakers: {\"*\": {mode: no}}\nother: 3")
	source.set("breakers: {\"*\": {mode: force-close}}\nother: 3")
	if got := next(); got.err != nil {
		t.Errorf("got the error %v, want what was done", got.err)
	}
	if mode := modeOf(g, "k"); mode != circuit.ForceClose {
		t.Errorf("got the mode %v, want force-close", mode)
	}
}

// Rules may come from several sources, one after the other: Kratos itself has a data
// race where two change at once.
func TestRulesOfSeveralSources(t *testing.T) {
	sources := []*memory{inMemory("breakers: {/k0: {mode: auto}}"), inMemory("breakers: {/k1: {mode: auto}}")}
	g := group.New(nil)
	next := watching(t, load(t, sources[0], sources[1]), "breakers", g)
	for n, mode := range []string{"observe", "force-open", "force-close", "auto"} {
		for i, source := range sources {
			source.set(fmt.Sprintf("breakers: {/k%d: {mode: %s, settings: {depth: %d}}}", i, mode, 10+n))
			if got := next(); got.err != nil {
				t.Fatal(got.err)
			}
			if got := modeOf(g, fmt.Sprintf("/k%d", i)).String(); got != mode {
				t.Errorf("source %d: got the mode %v, want %v", i, got, mode)
			}
		}
	}
}

// Kratos' own source of a directory: files that are replaced, and that are written.
func TestRulesInADirectory(t *testing.T) {
	dir, aside := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, "breakers.yaml")
	write := func(path, mode string) {
		t.Helper()
		if err := os.WriteFile(path, []byte("breakers: {/a.B/*: {mode: "+mode+"}}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(path, "auto")
	g := group.New(nil)
	next := watching(t, load(t, file.NewSource(dir)), "breakers", g)
	taken := func(mode string) {
		t.Helper()
		if got := next(); got.err != nil || modeOf(g, "/a.B/C").String() != mode {
			t.Errorf("got %v, %v and the mode %v, want %v", got.done, got.err, modeOf(g, "/a.B/C"), mode)
		}
	}
	for _, mode := range []string{"observe", "force-open", "force-close"} {
		fresh := filepath.Join(aside, "fresh")
		write(fresh, mode)
		if err := os.Rename(fresh, path); err != nil {
			t.Fatal(err)
		}
		taken(mode)
		write(path, "no")
		if got := next(); got.err == nil || modeOf(g, "/a.B/C").String() != mode {
			t.Errorf("got %v and the mode %v, want an error and %v", got.done, modeOf(g, "/a.B/C"), mode)
		}
		write(path, "auto")
		taken("auto")
	}
}

func TestRulesAfterTheEndOfTheContext(t *testing.T) {
	source := inMemory("breakers: {}")
	c := load(t, source)
	g := group.New(nil)
	ctx, stop := context.WithCancel(t.Context())
	err := kratos.WatchRules(ctx, c, "breakers", g, func(done rules.Changes, err error) { t.Error("was told", done, err) })
	if err != nil {
		t.Fatal(err)
	}
	stop()
	source.set("breakers: {\"*\": {mode: observe}}")
	source.set("breakers: {\"*\": {mode: force-open}}") // by now the first one is dealt with
	if mode := modeOf(g, "k"); mode != circuit.Auto {
		t.Errorf("got the mode %v, want auto", mode)
	}
	if err := kratos.WatchRules(ctx, c, "breakers", g, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

// Kratos has one observer for a key: a call that fails must not take the place of one
// that works.
func TestASecondWatchOfTheSameRules(t *testing.T) {
	source := inMemory("breakers: {}")
	c := load(t, source)
	first, second := group.New(nil), group.New(nil)
	next := watching(t, c, "breakers", first)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := kratos.WatchRules(ctx, c, "breakers", second, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	source.set("breakers: {\"*\": {mode: observe}}")
	if got := next(); got.err != nil || modeOf(first, "k") != circuit.Observe {
		t.Errorf("got %v, %v and the mode %v, want observe", got.done, got.err, modeOf(first, "k"))
	}
	next = watching(t, c, "breakers", second)
	source.set("breakers: {\"*\": {mode: force-close}}")
	if got := next(); got.err != nil || modeOf(second, "k") != circuit.ForceClose || modeOf(first, "k") != circuit.Observe {
		t.Errorf("got %v, %v and the modes %v and %v, want force-close in the second group alone", got.done, got.err, modeOf(second, "k"), modeOf(first, "k"))
	}
}

// A panic of onReload doesn't end Kratos' own goroutine.
func TestAPanicInOnReload(t *testing.T) {
	source := inMemory("breakers: {}")
	g := group.New(nil)
	calls := make(chan struct{}, 10)
	err := kratos.WatchRules(t.Context(), load(t, source), "breakers", g, func(rules.Changes, error) {
		calls <- struct{}{}
		panic("of onReload")
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []string{"observe", "force-open", "force-close"} {
		source.set("breakers: {\"*\": {mode: " + mode + "}}")
		<-calls
		if got := modeOf(g, "k").String(); got != mode {
			t.Errorf("got the mode %v, want %v", got, mode)
		}
	}
}
