package circuitgrpc

import (
	"hash/maphash"
	"maps"
	"path"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/go-fusebox/fusebox/core/group"
)

// maxTargets is for how many pairs of target and method an interceptor keeps the
// place of their breaker; for others it finds that anew with each call.
const maxTargets = 1024

// call is a pair of target and method, its key, and the place of its breaker.
type call struct {
	target, method string
	key            string
	ref            *group.Ref
}

// targets is a map that is replaced when it grows, never changed. Most interceptors
// serve one target: the first one of a method is found by the hash of the method alone.
type targets struct {
	group interface{ Ref(key string) *group.Ref }
	seed  maphash.Seed
	first [256]atomic.Pointer[call] // by the method's hash

	mu  sync.Mutex // to replace all
	all atomic.Pointer[map[[2]string]*call]
}

func (t *targets) call(target, method string) *call {
	first := &t.first[maphash.String(t.seed, method)%uint64(len(t.first))]
	if c := first.Load(); c != nil && c.method == method && c.target == target {
		return c
	}
	if all := t.all.Load(); all != nil {
		if c, ok := (*all)[[2]string{target, method}]; ok {
			return c
		}
	}
	key := path.Join(target, method)
	c := &call{strings.Clone(target), strings.Clone(method), key, t.group.Ref(key)}
	if t.keep(c) {
		first.CompareAndSwap(nil, c)
	}
	return c
}

// keep reports whether there was room for c.
func (t *targets) keep(c *call) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := map[[2]string]*call{}
	if old := t.all.Load(); old != nil {
		if len(*old) >= maxTargets {
			return false
		}
		all = maps.Clone(*old)
	}
	all[[2]string{c.target, c.method}] = c
	t.all.Store(&all)
	return true
}
