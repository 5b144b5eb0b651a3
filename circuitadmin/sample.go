package circuitadmin

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// source is a group, and what was last seen of its breakers.
type source struct {
	name  string
	at    int // among the sources
	group *group.Group
	rows  map[string]*row // by key; nil unless the hub runs
}

func newSources(groups map[string]*group.Group) []*source {
	var all []*source
	for i, name := range slices.Sorted(maps.Keys(groups)) {
		all = append(all, &source{name: name, at: i, group: groups[name]})
	}
	return all
}

// sampling is what the hub knows of the breakers. The hub's lock is held for all of it.
type sampling struct {
	begun bool      // a sample was taken
	now   uint64    // the number of the last sample
	when  time.Time // of the last sample
	last  uint32    // id that was given

	rows  []*row // all, by id
	fresh []*row // those that the last sample found, by id
	gone  []uint32
	moved []*row // those that the last sample found changed or counting, by id
}

// sighting is a breaker as a sample finds it.
type sighting struct {
	src     *source
	key     string // shared with the group
	breaker circuit.Breaker
	engine  string
	standing
	total [kinds]uint64
}

// look asks every breaker, of which there are some n. No lock may be held: breakers are
// foreign code, and being asked they may tell their observers of a mode that is over.
func look(sources []*source, n int) []sighting {
	seen := make([]sighting, 0, n+n/16)
	for _, src := range sources {
		for key, b := range src.group.All() {
			if shown, ok := report(b); ok {
				seen = append(seen, sighting{src, key, identity(b), shown.Engine, standingOf(&shown), totals(&shown)})
			}
		}
	}
	return seen
}

// take makes a sample of what was seen.
func (s *sampling) take(seen []sighting) {
	first := !s.begun
	s.begun = true
	s.now++
	s.when = time.Now()
	clear(s.fresh) // which would hold rows that are gone
	clear(s.moved)
	s.fresh, s.gone, s.moved = s.fresh[:0], s.gone[:0], s.moved[:0]
	for i := range seen {
		is := &seen[i]
		if is.src.rows == nil {
			is.src.rows = map[string]*row{}
		}
		r := is.src.rows[is.key]
		if r == nil || r.breaker != is.breaker {
			r = &row{src: is.src, key: is.key, breaker: is.breaker, engine: is.engine}
			if first {
				r.total = is.total // what came before is not news
			}
			is.src.rows[is.key] = r
			s.fresh = append(s.fresh, r)
		}
		r.seen = s.now
		r.changed = r.take(is.standing, is.total)
	}
	s.dropGone()
	s.addFresh()
	for _, r := range s.rows {
		if r.changed {
			s.moved = append(s.moved, r)
		}
	}
}

// dropGone forgets the rows that the sample didn't find.
func (s *sampling) dropGone() {
	s.rows = slices.DeleteFunc(s.rows, func(r *row) bool {
		if r.seen == s.now {
			return false
		}
		s.gone = append(s.gone, r.id)
		if r.src.rows[r.key] == r { // no other has its place
			delete(r.src.rows, r.key)
		}
		return true
	})
}

// addFresh gives the new rows their ids.
func (s *sampling) addFresh() {
	slices.SortFunc(s.fresh, func(a, b *row) int {
		return cmp.Or(cmp.Compare(a.src.at, b.src.at), cmp.Compare(a.key, b.key))
	})
	for _, r := range s.fresh {
		s.last++
		r.id = s.last
		r.changed = true
	}
	s.rows = append(s.rows, s.fresh...)
}

// forget frees all but the ids, which are never used again.
func (s *sampling) forget(sources []*source) {
	*s = sampling{now: s.now, last: s.last}
	for _, src := range sources {
		src.rows = nil
	}
}

// identity is b if it can be told from others: a pointer. All others are taken for the
// same, since comparing them may panic.
func identity(b circuit.Breaker) circuit.Breaker {
	if reflect.TypeOf(b).Kind() == reflect.Pointer {
		return b
	}
	return nil
}
