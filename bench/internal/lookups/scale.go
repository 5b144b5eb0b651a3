package lookups

import (
	"strconv"
	"sync"

	"github.com/go-fusebox/fusebox/bench/internal/measure"
	"github.com/go-fusebox/fusebox/bench/internal/subjects"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// ScaleSizes are the numbers of keys between which a call should cost the same.
var ScaleSizes = []int{1, 10, 100, 1_000, 10_000, 100_000}

// PlainMap is the floor of the scale: the same breakers in a map that nobody changes.
// What it loses as keys get more is what caches lose.
const PlainMap = "the same breakers in a plain map"

// ScaleCases are whole guarded calls, one after the other, with each number of keys.
func ScaleCases() []measure.Case {
	var all []measure.Case
	for _, keys := range ScaleSizes {
		filled := sync.OnceValues(func() (*group.Group, *walk) {
			w := newWalk(keys)
			return newGroup(w), w
		})
		for _, s := range []struct {
			name string
			loop func(*group.Group, *walk) func(n int) int
		}{{Group, guarded}, {PlainMap, plain}} {
			all = append(all, measure.Case{
				Name: subjects.Name("scale", strconv.Itoa(keys), s.name), Goroutines: 1, Adapts: true,
				Make: func() measure.Calls { return measure.Calls{Loop: s.loop(filled())} },
			})
		}
	}
	return all
}

func guarded(g *group.Group, w *walk) func(n int) int {
	return func(n int) (refused int) {
		for i := w.from(n); n > 0; n-- {
			permit, err := circuit.Acquire(g.Get(w.asked[w.order[i&uint64(len(w.order)-1)]]))
			i++
			if err != nil {
				refused++
				continue
			}
			permit.Success()
		}
		return refused
	}
}

func plain(g *group.Group, w *walk) func(n int) int {
	m := map[string]circuit.Breaker{}
	for key, b := range g.All() {
		m[key] = b
	}
	return func(n int) (refused int) {
		for i := w.from(n); n > 0; n-- {
			permit, err := circuit.Acquire(m[w.asked[w.order[i&uint64(len(w.order)-1)]]])
			i++
			if err != nil {
				refused++
				continue
			}
			permit.Success()
		}
		return refused
	}
}
