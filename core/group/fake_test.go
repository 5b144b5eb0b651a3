package group_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// dial is a breaker that stands as it is set.
type dial struct {
	circuit.Disabled
	key string

	mu       sync.Mutex
	snapshot circuit.Snapshot
	told     []circuit.Observer // by number of observer; nil once stopped
}

func newDial(key string) circuit.Breaker { return &dial{key: key} }

func (d *dial) Snapshot() circuit.Snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.snapshot
}

func (d *dial) set(s circuit.Snapshot) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.snapshot = s
}

func (d *dial) Observe(o circuit.Observer) (stop func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := len(d.told)
	d.told = append(d.told, o)
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.told[n] = nil
	}
}

// observers is the number of those who follow d now.
func (d *dial) observers() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, o := range d.told {
		if o != nil {
			n++
		}
	}
	return n
}

// tell passes e to those who follow d.
func (d *dial) tell(e circuit.Event) {
	d.mu.Lock()
	told := append([]circuit.Observer(nil), d.told...)
	d.mu.Unlock()
	for _, o := range told {
		if o != nil {
			o(e)
		}
	}
}

// idle is what makes a breaker evictable; busy are the ways of not being so.
var (
	idle = circuit.Snapshot{}
	busy = map[string]circuit.Snapshot{
		"open":          {State: circuit.Open},
		"half-open":     {State: circuit.HalfOpen},
		"forced open":   {Mode: circuit.ForceOpen},
		"forced closed": {Mode: circuit.ForceClose},
		"observing":     {Mode: circuit.Observe},
		"failing":       {Window: circuit.Counts{Successes: 100, Failures: 1}},
	}
)

func get(t *testing.T, g *group.Group, key string) *dial {
	t.Helper()
	d, ok := g.Get(key).(*dial)
	if !ok {
		t.Fatalf("the breaker of %q is a %T, want a *dial", key, g.Get(key))
	}
	return d
}

// fragile is a breaker that one failure opens, for as long as a test takes.
func fragile(string) circuit.Breaker {
	b, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 1, SleepWindow: time.Hour})
	if err != nil {
		panic(err)
	}
	return b
}

func keyN(i int) string { return fmt.Sprintf("key %d", i) }

func wantStats(t *testing.T, g *group.Group, want group.Stats) {
	t.Helper()
	if got := g.Stats(); got != want {
		t.Errorf("the stats are %+v, want %+v", got, want)
	}
	if g.Len() != want.Len {
		t.Errorf("Len is %d, want %d", g.Len(), want.Len)
	}
}

// held is what All yields.
func held(g *group.Group) map[string]circuit.Breaker {
	m := map[string]circuit.Breaker{}
	for key, b := range g.All() {
		m[key] = b
	}
	return m
}

const patience = 20 * time.Second

// within fails the test unless f returns before a deadline that only a deadlock
// reaches.
func within(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("%s: still blocked after %v", what, patience)
	}
}

// awaitBlocked returns when n goroutines wait for a lock inside of that function.
func awaitBlocked(t *testing.T, function string, n int) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); runtime.Gosched() {
		all := make([]byte, 1<<22)
		all = all[:runtime.Stack(all, true)]
		blocked := 0
		for stack := range strings.SplitSeq(string(all), "\n\n") {
			first, _, _ := strings.Cut(stack, "\n")
			if strings.Contains(first, "Mutex.Lock") && strings.Contains(stack, function) {
				blocked++
			}
		}
		if blocked >= n {
			return
		}
	}
	t.Fatalf("fewer than %d goroutines came to wait in %s", n, function)
}

var errBackend = errors.New("backend is down")
