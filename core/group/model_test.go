package group_test

import (
	"math/rand/v2"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// evictable is the rule of the package doc.
func evictable(s circuit.Snapshot) bool {
	return s.State == circuit.Closed && s.Mode == circuit.Auto && s.Window.Failures == 0
}

// game plays a group against a plain map of what it should hold.
type game struct {
	*testing.T
	g     *group.Group
	limit int
	model map[string]*dial
	want  group.Stats
}

func (m *game) get(key string) {
	_, hit := m.model[key]
	got := get(m.T, m.g, key)
	switch {
	case hit:
		if got != m.model[key] {
			m.Fatalf("the breaker of %q changed though it was neither evicted nor removed", key)
		}
	case len(m.model) < m.limit:
		m.accept(key, got)
	default:
		m.makeRoom(key, got)
	}
}

func (m *game) accept(key string, got *dial) {
	if got.key != key {
		m.Fatalf("%q got the breaker of %q though there was room", key, got.key)
	}
	for _, other := range m.model {
		if got == other {
			m.Fatalf("%q got the breaker of another key", key)
		}
	}
	m.model[key] = got
	m.want.Len++
}

// makeRoom checks what became of a new key when the group was full.
func (m *game) makeRoom(key string, got *dial) {
	candidates := 0
	for _, d := range m.model {
		if evictable(d.Snapshot()) {
			candidates++
		}
	}
	if got.key == group.OverflowKey {
		// A new key examines 8 candidates: two rounds of 4 keys, of which the first
		// may let an evictable one off for being used.
		if candidates > 0 && m.limit <= 4 {
			m.Fatalf("%q overflowed though %d of %d keys could be evicted", key, candidates, m.limit)
		}
		m.want.Overflowed++
		return
	}
	all := held(m.g)
	for k, d := range m.model {
		if all[k] != circuit.Breaker(d) {
			if !evictable(d.Snapshot()) {
				m.Fatalf("the breaker of %q was evicted, at %+v", k, d.Snapshot())
			}
			delete(m.model, k)
			m.want.Len--
			m.want.Evicted++
		}
	}
	m.accept(key, got)
}

// check compares the whole group with the model.
func (m *game) check() {
	all := held(m.g)
	delete(all, group.OverflowKey)
	if len(all) != len(m.model) || len(all) > m.limit {
		m.Fatalf("the group holds %d keys, want %d, at most %d", len(all), len(m.model), m.limit)
	}
	for key, d := range m.model {
		if all[key] != circuit.Breaker(d) {
			m.Fatalf("the breaker of %q, at %+v, was lost", key, d.Snapshot())
		}
	}
	if got := m.g.Stats(); got != m.want {
		m.Fatalf("the stats are %+v, want %+v", got, m.want)
	}
}

func TestGroupAgainstModel(t *testing.T) {
	troubles := []circuit.Snapshot{busy["open"], busy["half-open"], busy["forced open"], busy["forced closed"], busy["observing"], busy["failing"]}
	for seed := range uint64(40) {
		src := rand.New(rand.NewPCG(seed, 23))
		limit := 1 + src.IntN(30)
		keys := 1 + src.IntN(3*limit)
		m := &game{
			T: t, g: group.New(newDial, group.WithCap(limit)), limit: limit,
			model: map[string]*dial{}, want: group.Stats{Cap: limit},
		}
		for range 600 {
			key := keyN(src.IntN(keys))
			d := m.model[key]
			switch src.IntN(10) {
			default:
				m.get(key)
			case 0:
				if got, want := m.g.Remove(key), d != nil; got != want {
					t.Fatalf("Remove(%q) = %v, want %v", key, got, want)
				}
				if d != nil {
					delete(m.model, key)
					m.want.Len--
				}
			case 1, 2:
				if d != nil {
					d.set(troubles[src.IntN(len(troubles))])
				}
			case 3, 4:
				if d != nil {
					d.set(idle)
				}
			}
			m.check()
		}
	}
}
