package lookups

import (
	"strconv"
	"sync"

	"github.com/go-fusebox/fusebox/bench/internal/measure"
	"github.com/go-fusebox/fusebox/bench/internal/subjects"
)

// Cases are all containers with that many keys. Those of fewer keys are to be
// measured first: go-zero has one registry, which only grows.
func Cases(keys int) []measure.Case {
	var all []measure.Case
	walk := sync.OnceValue(func() *walk { return newWalk(keys) })
	for _, c := range Containers() {
		calls := sync.OnceValue(func() measure.Calls { return measure.Calls{Loop: c.fill(walk())} })
		for _, p := range subjects.Parallels {
			all = append(all, measure.Case{
				Name:       subjects.Name("lookup", strconv.Itoa(keys), p.Name, c.Name),
				Goroutines: p.Goroutines,
				Make:       calls,
			})
		}
	}
	return all
}
