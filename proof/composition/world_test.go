package composition_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// world is one nesting with its history.
type world struct {
	tape   *tape
	fault  fault
	ctx    context.Context // of health checks
	layers []*layer        // from the outermost
	groups []*group.Group

	health  atomic.Int64 // 0 for well
	reached atomic.Int64 // calls of the callee
	calm    bool         // nothing panics, as some layer runs calls on goroutines

	over chan struct{} // when all has been looked at

	calls sync.WaitGroup
	held  []hold

	mu     sync.Mutex // for all below
	chains []*chain
	broken []string
}

// hold is a permit that the history took for itself.
type hold struct {
	c *chain
	p circuit.Permit
}

// wants notes what is wrong if ok doesn't hold.
func (w *world) wants(ok bool, format string, args ...any) {
	if ok {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.broken) < 20 {
		w.broken = append(w.broken, fmt.Sprintf(format, args...))
	}
}

// kinds are the layers that there are.
var kinds = []func(*world, *tape) *layer{(*world).do, (*world).framework, (*world).command, (*world).failsafe}

// build makes the nesting.
func (w *world) build() {
	t := w.tape
	for i := range 1 + t.below(4) {
		l := kinds[t.below(len(kinds))](w, t)
		l.name = strings.TrimSpace(fmt.Sprintf("%d %s %s", i+1, l.kind, l.name))
		w.furnish(l)
		w.layers = append(w.layers, l)
	}
	for i, l := range w.layers {
		if l.next = w.callee; i+1 < len(w.layers) {
			l.next = w.layers[i+1].call
		}
		if w.fault.layer != nil {
			w.fault.layer(l)
		}
	}
}

// furnish gives l its breaker, or one for each key.
func (w *world) furnish(l *layer) {
	r := w.tape.recipe(l.anonymous)
	if w.tape.below(3) < 2 {
		c := w.chain(l, l.name, r)
		l.get = func(string) *chain { return c }
		return
	}
	g := group.New(func(key string) circuit.Breaker {
		return w.chain(l, l.name+" "+key, r).handle()
	}, group.WithCap(2))
	w.groups = append(w.groups, g)
	l.get = func(key string) *chain { return g.Get(key).(handle).chain }
}

// handle is a chain in a group.
type handle struct {
	circuit.Breaker
	chain *chain
}

func (c *chain) handle() circuit.Breaker { return handle{c.top, c} }

func (h handle) Unwrap() circuit.Breaker { return h.Breaker }
