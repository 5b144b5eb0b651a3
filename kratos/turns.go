package kratos

import (
	"hash/maphash"
	"sync/atomic"

	"github.com/go-kratos/kratos/v2/selector"
)

// turns tells whose turn it is among some nodes: that of each once in as many
// calls as there are nodes.
type turns struct {
	seed  maphash.Seed
	calls [64]atomic.Uint64 // by the hash of the nodes' addresses
}

func newTurns() *turns { return &turns{seed: maphash.MakeSeed()} }

// next is the index of the node whose turn it is. Each set of nodes has a count of
// its own: with one for all, a filter in front that sends every other call to other
// nodes would give some nodes every turn, and others none.
func (t *turns) next(all []selector.Node) int {
	var set uint64
	for _, n := range all {
		set += maphash.String(t.seed, n.Address())
	}
	calls := t.calls[set%uint64(len(t.calls))].Add(1)
	return int(calls % uint64(len(all)))
}
