package lookups

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
)

// Sizes are the numbers of keys that are measured.
var Sizes = []int{1, 100, 10_000, 100_000}

// walk is an order in which keys are asked for. Portions of calls go on where the
// last one ended, whoever makes them.
type walk struct {
	stored []string // each key once
	asked  []string // the same keys, as other strings
	order  []uint32 // indexes of keys; a power of two of them
	at     atomic.Uint64
}

func newWalk(keys int) *walk {
	w := &walk{}
	for i := range keys {
		w.stored = append(w.stored, key(i))
		w.asked = append(w.asked, strings.Clone(w.stored[i]))
	}
	long := 1 << 12
	for long < keys {
		long *= 2
	}
	dice := rand.New(rand.NewPCG(1, uint64(keys)))
	for len(w.order) < long {
		for _, i := range dice.Perm(keys) {
			w.order = append(w.order, uint32(i))
		}
	}
	w.order = w.order[:long]
	return w
}

func key(i int) string { return fmt.Sprintf("/helloworld.Greeter/SayHello%d", i) }

// from is where n calls begin, as an index that is to be masked by len(order)-1.
func (w *walk) from(n int) uint64 { return w.at.Add(uint64(n)) - uint64(n) }
