package rules_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/rules"
)

// What the documents of TestReloadUnderTraffic say about each key. The first four are in
// all of them, word for word, the others vary.
var (
	steady = []string{
		`"/steady/credit": {"engine": "credit"}`,
		`"/steady/hystrix": {"engine": "hystrix", "settings": {"requestVolumeThreshold": 1, "window": "1h"}}`,
		`"/steady/sre": {"engine": "sre", "settings": {"minRequests": 1, "window": "1h"}}`,
		`"/failing": {"engine": "hystrix", "settings": {"sleepWindow": "24h", "window": "1h"}}`,
	}
	varied = map[string][]string{
		// Healthy, in one breaker throughout.
		"/tuned/credit":  {`{"settings": {"depth": 3}}`, `{"settings": {"purse": 3}, "mode": "observe"}`, `{"mode": "observe"}`},
		"/tuned/hystrix": {`{"engine": "hystrix"}`, `{"engine": "hystrix", "settings": {"probes": 7}}`},
		"/tuned/sre":     {`{"engine": "sre"}`, `{"engine": "sre", "settings": {"k": 1.1}, "mode": "observe"}`},
		// Healthy, in breakers that come and go.
		"/moved": {`{}`, `{"engine": "sre"}`, `{"engine": "hystrix"}`, `{"enabled": false}`},
		// Failing, and yet no document lets any of them be refused. The settings by
		// which the last one would be are never in force without the mode.
		"/closed":   {`{"mode": "force-close"}`, `{"mode": "force-close", "engine": "sre"}`, `{"enabled": false}`},
		"/observed": {`{"mode": "observe"}`, `{"mode": "observe", "settings": {"depth": 1}}`, `{"mode": "observe", "engine": "sre", "settings": {"k": 1.1}}`},
		"/disabled": {`{"enabled": false}`, `{"enabled": false, "engine": "sre", "mode": "force-open"}`},
		"/swinging": {
			`{"engine": "hystrix", "settings": {"errorPercentThreshold": -1, "consecutiveFailures": 1000000000}}`,
			`{"engine": "hystrix", "settings": {"consecutiveFailures": 1, "requestVolumeThreshold": 1}, "mode": "force-close"}`,
		},
		// Refused or not, as the document says.
		"/forced": {`{"mode": "force-open"}`, `{"mode": "auto"}`, `{"mode": "force-open", "engine": "sre"}`, `{"mode": "force-close"}`},
	}
	wrong = []string{
		`"/closed": {"mode": "force-open"`, `"/x": {"mode": "force-opened"}`, `"/x": {"settings": {"threshold": 2}}`, `"/x": null`,
		`"/steady/sre": {"mode": "force-open"}`, `"/x": {"engine": "sre", "settings": {"depth": 1}}`, `"": {}`,
	}
)

// document is the i-th: each key goes its own way through what is said about it.
func document(i int) (text string, forced bool) {
	for _, rule := range steady {
		text += rule + ", "
	}
	for key, all := range varied {
		n := i / len(all) % len(all)
		text += fmt.Sprintf("%q: %s, ", key, all[(i+n)%len(all)])
	}
	n := len(varied["/forced"])
	return "{" + text + `"/other": {}}`, (i+i/n%n)%n%2 == 0
}

// caller makes calls of one key until it is told to stop.
type caller struct {
	key            string
	healthy        bool
	calls, refused uint64
}

func (c *caller) call(g *group.Group) bool {
	c.calls++
	p, err := circuit.Acquire(g.Get(c.key))
	switch {
	case err != nil:
		c.refused++
		return false
	case c.healthy:
		p.Success()
	default:
		p.Failure()
	}
	return true
}

func TestReloadUnderTraffic(t *testing.T) {
	const documents = 1000 // and as many bad ones
	text, _ := document(0)
	g := group.New(parse(t, text).Breaker)
	failing := g.Get("/failing")
	fail(failing, 20)
	before := snapshot(t, failing)
	if before.State != circuit.Open {
		t.Fatalf("the failing key is %v", before.State)
	}
	var sames []string // have one breaker throughout
	for _, engine := range []string{"credit", "hystrix", "sre"} {
		sames = append(sames, "/steady/"+engine, "/tuned/"+engine)
	}
	first := map[string]circuit.Breaker{}
	for _, key := range sames {
		first[key] = g.Get(key)
	}

	// Each caller makes rounds of calls as long as it is given any, most of them while
	// a document is being applied.
	rounds := [3]chan struct{}{}
	for i := range rounds {
		rounds[i] = make(chan struct{}, 3)
	}
	var running sync.WaitGroup
	var phase atomic.Int64 // odd while a document is being applied; else 4 times its number, and 2 if it forces /forced open
	phase.Store(2)         // as document 0 does
	keys := append([]string{"/moved", "/closed", "/observed", "/disabled", "/swinging", "/failing"}, sames...)
	callers := make([]*caller, 2*len(keys))
	for i := range callers {
		key := keys[i%len(keys)]
		callers[i] = &caller{key: key, healthy: key == "/moved" || first[key] != nil}
	}
	for half := range 2 { // each key is called by two goroutines
		running.Go(func() {
			for range rounds[half] {
				for _, c := range callers[half*len(keys) : (half+1)*len(keys)] {
					c.call(g)
				}
			}
		})
	}
	forced := &caller{key: "/forced", healthy: true}
	judged := [2]int{}
	running.Go(func() {
		for range rounds[2] {
			for range 10 {
				then := phase.Load()
				admitted := forced.call(g)
				if phase.Load() != then || then%2 != 0 {
					continue
				}
				open := then % 4 / 2
				judged[open]++
				if admitted == (open == 1) {
					t.Errorf("document %d is in force, which forces the key open: %v; admitted: %v", then/4, open == 1, admitted)
				}
			}
		}
	})

	for i := 1; i <= documents; i++ {
		text, open := document(i)
		if r, err := rules.Parse([]byte("{" + wrong[i%len(wrong)] + ", " + text[1:])); err == nil || r != nil {
			t.Fatalf("a bad document is taken: %s", wrong[i%len(wrong)])
		}
		r := parse(t, text)
		for _, more := range rounds {
			more <- struct{}{}
			more <- struct{}{}
		}
		next := 4 * int64(i)
		phase.Store(next + 1)
		done := r.Apply(g)
		if open {
			next += 2
		}
		phase.Store(next)
		if all := len(keys) + 1; done.Kept < len(steady) || done.Kept+done.Updated+done.Replaced > all {
			t.Fatalf("document %d: %v of %d", i, done, all)
		}
	}
	for _, more := range rounds {
		close(more)
	}
	running.Wait()
	told(t, g, callers, first, before, judged)
}

// told compares what the callers saw with what the breakers say.
func told(t *testing.T, g *group.Group, callers []*caller, first map[string]circuit.Breaker, before circuit.Snapshot, judged [2]int) {
	t.Helper()
	calls, refused := map[string]uint64{}, map[string]uint64{}
	for _, c := range callers {
		calls[c.key] += c.calls
		refused[c.key] += c.refused
	}
	for key, n := range calls {
		want := uint64(0)
		if key == "/failing" {
			want = n
		}
		if refused[key] != want || n == 0 {
			t.Errorf("%s: %d of %d calls were refused, want %d", key, refused[key], n, want)
		}
	}
	for key, b := range first {
		s := snapshot(t, b)
		if want := (circuit.Counts{Successes: calls[key]}); s.Total != want || g.Get(key) != b {
			t.Errorf("%s: the breaker counted %+v, want %+v", key, s.Total, want)
		}
		if windowed := key != "/steady/credit" && s.Window.Successes != calls[key]; key[:7] == "/steady" && windowed {
			t.Errorf("%s: the window holds %+v of %d calls", key, s.Window, calls[key])
		}
	}
	s := snapshot(t, g.Get("/failing"))
	if s.State != circuit.Open || !s.Since.Equal(before.Since) || s.Entered != before.Entered || s.Total.Refused != calls["/failing"] {
		t.Errorf("the failing key was\n%+v, and is after %d calls\n%+v", before, calls["/failing"], s)
	}
	if judged[0] == 0 || judged[1] == 0 {
		t.Errorf("/forced was called %d times while forced open, %d times while not", judged[1], judged[0])
	}
}

// Whichever document is the last, all of it is in force, and nothing of the others.
func TestConcurrentApplies(t *testing.T) {
	var all []*rules.Rules
	for i := range 4 {
		all = append(all, compile(t, rules.Document{
			"*": {Engine: []string{"credit", "sre"}[i/2], Mode: []string{"auto", "observe"}[i%2], Settings: map[string]any{"probeInterval": fmt.Sprint(1+i, "s")}},
		}))
	}
	for range 50 {
		g := group.New(nil)
		var running sync.WaitGroup
		for _, r := range all {
			running.Go(func() {
				r.Apply(g)
				for i := range 20 {
					_, _ = circuit.Acquire(g.Get(fmt.Sprint("/", i)))
				}
				r.Apply(g)
			})
		}
		running.Wait()
		last := -1
		for i, r := range all {
			if configOf(r.Breaker("")) == configOf(g.Get("/0")) {
				last = i
			}
		}
		if last < 0 {
			t.Fatal("the rules in force are nobody's")
		}
		for i := range 20 {
			g.Get(fmt.Sprint("/", i))
		}
		if got, want := all[last].Apply(g), (rules.Changes{Kept: 20}); got != want {
			t.Fatalf("the last rules had still to do: %v", got)
		}
	}
}
