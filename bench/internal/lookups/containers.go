package lookups

import (
	"sync"

	"github.com/zeromicro/go-zero/core/breaker"

	"github.com/go-fusebox/fusebox/bench/internal/subjects"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/group"
)

// Container finds breakers by keys.
type Container struct {
	Name, About string
	// fill has the keys of the walk stored, and returns a loop of n lookups in its order.
	fill func(w *walk) func(n int) int
}

// The names of containers that others refer to.
const (
	Group  = "fusebox group"
	Kratos = "Kratos' group (stand-in)"
	GoZero = "go-zero"
)

// Containers returns them all.
func Containers() []Container {
	return []Container{
		{Group, "core/group's Get, with a cap and eviction; breakers of package credit", func(w *walk) func(int) int {
			g := newGroup(w)
			return func(n int) (lost int) {
				for i := w.from(n); n > 0; n-- {
					if g.Get(w.asked[w.order[i&uint64(len(w.order)-1)]]) == circuit.Breaker(circuit.Disabled{}) {
						lost++
					}
					i++
				}
				return lost
			}
		}},
		{Kratos, "Kratos' own is internal: a map under an RWMutex, looked at twice before it makes one, is restated here; its breakers are empty",
			func(w *walk) func(int) int {
				g := &standIn[*empty]{make: func() *empty { return new(empty) }, all: map[string]*empty{}}
				for _, key := range w.stored {
					g.get(key)
				}
				return func(n int) (lost int) {
					for i := w.from(n); n > 0; n-- {
						if g.get(w.asked[w.order[i&uint64(len(w.order)-1)]]) == nil {
							lost++
						}
						i++
					}
					return lost
				}
			}},
		{GoZero, "core/breaker's GetBreaker, which has no bound", func(w *walk) func(int) int {
			subjects.Quiet()
			for _, key := range w.stored {
				breaker.GetBreaker(key)
			}
			return func(n int) (lost int) {
				for i := w.from(n); n > 0; n-- {
					if breaker.GetBreaker(w.asked[w.order[i&uint64(len(w.order)-1)]]) == nil {
						lost++
					}
					i++
				}
				return lost
			}
		}},
		{"sync.Map", "a floor: Load alone", func(w *walk) func(int) int {
			var m sync.Map
			for _, key := range w.stored {
				m.Store(key, new(empty))
			}
			return func(n int) (lost int) {
				for i := w.from(n); n > 0; n-- {
					if v, ok := m.Load(w.asked[w.order[i&uint64(len(w.order)-1)]]); !ok || v.(*empty) == nil {
						lost++
					}
					i++
				}
				return lost
			}
		}},
		{"map", "a floor: one that nobody changes, without a lock", func(w *walk) func(int) int {
			m := map[string]*empty{}
			for _, key := range w.stored {
				m[key] = new(empty)
			}
			return func(n int) (lost int) {
				for i := w.from(n); n > 0; n-- {
					if m[w.asked[w.order[i&uint64(len(w.order)-1)]]] == nil {
						lost++
					}
					i++
				}
				return lost
			}
		}},
	}
}

// empty stands for a breaker. It has a size, so that each has an address.
type empty struct{ _ uint64 }

// newGroup holds all keys of the walk, and has room for hardly more.
func newGroup(w *walk) *group.Group {
	g := group.New(newBreaker, group.WithCap(max(group.DefaultCap, len(w.stored))))
	for _, key := range w.stored {
		g.Get(key)
	}
	return g
}

func newBreaker(string) circuit.Breaker {
	b, err := credit.New(credit.Config{})
	if err != nil {
		panic(err) // the defaults have no errors
	}
	return b
}

// standIn does what Kratos' group does.
type standIn[T any] struct {
	mu   sync.RWMutex
	make func() T
	all  map[string]T
}

func (g *standIn[T]) get(key string) T {
	g.mu.RLock()
	v, ok := g.all[key]
	g.mu.RUnlock()
	if ok {
		return v
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if v, ok = g.all[key]; ok {
		return v
	}
	v = g.make()
	g.all[key] = v
	return v
}
