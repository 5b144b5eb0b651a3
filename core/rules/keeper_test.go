package rules_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/rules"
)

var errLost = errors.New("the connection is lost")

// source is one that a test writes to.
type source struct {
	mu   sync.Mutex
	text string
	err  error
}

func (s *source) write(text string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text, s.err = text, err
}

func (s *source) read() (any, *rules.Rules, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err.Error(), nil, s.err
	}
	r, err := rules.Parse([]byte(s.text))
	return s.text, r, err
}

func deep(depth int) string { return fmt.Sprintf(`{"*": {"settings": {"depth": %d}}}`, depth) }

func depthOf(t *testing.T, g *group.Group) float64 {
	t.Helper()
	b, ok := circuit.As[*credit.Breaker](g.Get("/a"))
	if !ok {
		t.Fatal("the key has another engine")
	}
	return float64(b.Config().Depth)
}

// What a source goes through, and what of that is told.
func TestKeeperKeepsTheLastGoodRules(t *testing.T) {
	g := group.New(func(string) circuit.Breaker { return circuit.Disabled{} })
	var told []string
	k := rules.NewKeeper(g, func(done rules.Changes, err error) {
		if err != nil {
			told = append(told, err.Error())
			return
		}
		told = append(told, done.String())
	})
	s := &source{text: deep(5)}
	k.Reload(t.Context(), s.read) // before Start: nothing
	if err := k.Start(t.Context(), s.read); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		what  string
		text  string
		err   error
		told  string // "" for nothing
		depth float64
	}{
		{"the same", deep(5), nil, "", 5},
		{"others", deep(6), nil, "0 kept, 1 updated, 0 replaced", 6},
		{"bad ones", deep(-1), nil, "settings.depth is -1", 6},
		{"the same bad ones", deep(-1), nil, "", 6},
		{"none to be had", "", errLost, "connection is lost", 6},
		{"still none", "", errLost, "", 6},
		{"as before", deep(6), nil, "1 kept, 0 updated, 0 replaced", 6},
		{"good ones", deep(7), nil, "0 kept, 1 updated, 0 replaced", 7},
	} {
		told = nil
		s.write(step.text, step.err)
		k.Reload(t.Context(), s.read)
		want := 0
		if step.told != "" {
			want = 1
		}
		if len(told) != want || want == 1 && !strings.Contains(told[0], step.told) {
			t.Errorf("%s: told %q, want %q", step.what, told, step.told)
		}
		if got := depthOf(t, g); got != step.depth {
			t.Errorf("%s: depth %v is in force, want %v", step.what, got, step.depth)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	told = nil
	s.write(deep(8), nil)
	k.Reload(ended, s.read)
	if len(told) != 0 || depthOf(t, g) != 7 {
		t.Errorf("after the end of its context: told %q, depth %v", told, depthOf(t, g))
	}
}

// A source that has nothing good at first is not followed, and the group not touched.
func TestKeeperThatDoesNotStart(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx  context.Context
		text string
		err  error
	}{
		"bad": {t.Context(), deep(-1), nil}, "not to be had": {t.Context(), "", errLost}, "too late": {ended, deep(5), nil},
	} {
		g := group.New(func(string) circuit.Breaker { return circuit.Disabled{} })
		before := g.Get("/a")
		k := rules.NewKeeper(g, func(done rules.Changes, err error) { t.Errorf("%s: told %v, %v", name, done, err) })
		s := &source{text: c.text, err: c.err}
		if err := k.Start(c.ctx, s.read); err == nil {
			t.Errorf("%s: no error", name)
		}
		s.write(deep(5), nil)
		k.Reload(t.Context(), s.read)
		if g.Get("/a") != before {
			t.Errorf("%s: the group was changed", name)
		}
	}
}

func TestKeeperTakesWhatItIsGiven(t *testing.T) {
	g := group.New(func(string) circuit.Breaker { return circuit.Disabled{} })
	g.Get("/a")
	var told []error
	k := rules.NewKeeper(g, func(_ rules.Changes, err error) {
		told = append(told, err)
		panic("the observer's") // is contained
	})
	k.Take(parse(t, deep(5)), nil)
	k.Take(nil, errLost)
	k.Take(parse(t, deep(6)), nil)
	if fmt.Sprint(told) != fmt.Sprint([]error{nil, errLost, nil}) || depthOf(t, g) != 6 {
		t.Errorf("told %v, depth %v", told, depthOf(t, g))
	}
	rules.NewKeeper(g, nil).Take(parse(t, deep(9)), nil) // nobody is told
	if depthOf(t, g) != 9 {
		t.Errorf("depth %v, want 9", depthOf(t, g))
	}
}

// Sources call from several goroutines; what is told comes one at a time, and what is in
// force at the end is what was written last.
func TestKeeperIsCalledConcurrently(t *testing.T) {
	g := group.New(func(string) circuit.Breaker { return circuit.Disabled{} })
	var telling atomic.Bool
	k := rules.NewKeeper(g, func(rules.Changes, error) {
		if telling.Swap(true) {
			t.Error("told twice at a time")
		}
		telling.Store(false)
	})
	s := &source{text: deep(1)}
	if err := k.Start(t.Context(), s.read); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 50 {
				s.write(deep(1+i*50+j), nil)
				k.Reload(t.Context(), s.read)
			}
		})
	}
	all.Wait()
	_, r, err := s.read()
	if err != nil {
		t.Fatal(err)
	}
	if want := r.For("/a").Rule.Settings["depth"]; fmt.Sprint(depthOf(t, g)) != fmt.Sprint(want) {
		t.Errorf("depth %v is in force, %v was written last", depthOf(t, g), want)
	}
}

// A source with a listener: it is put in place before Start.
func ExampleKeeper() {
	g := group.New(func(string) circuit.Breaker { return circuit.Disabled{} })
	g.Get("/shop.Cart/Add")
	text := `{"*": {"settings": {"depth": 5}}}`
	read := func() (any, *rules.Rules, error) {
		r, err := rules.Parse([]byte(text))
		return text, r, err
	}
	k := rules.NewKeeper(g, func(done rules.Changes, err error) { fmt.Println(done, err) })
	ctx := context.Background()
	changed := func() { k.Reload(ctx, read) } // what the source is to call
	if err := k.Start(ctx, read); err != nil {
		fmt.Println(err)
		return
	}
	g.Get("/shop.Cart/Add")
	text = `{"*": {"settings": {"depth": 7}}}`
	changed()
	text = `{"*": {"settings": {"depth": 0.1}}}`
	changed()
	// Output:
	// 0 kept, 1 updated, 0 replaced <nil>
	// 0 kept, 0 updated, 0 replaced rules: line 1: rule "*": settings.depth is 0.1, must be a whole number
}
