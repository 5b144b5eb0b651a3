package circuitgrpc

import (
	"context"
	"hash/maphash"
	"maps"
	"path"
	"strings"
	"sync"
	"sync/atomic"
)

// Key finds the key of a call's breaker. The method is the full one, as in
// "/package.Service/Method"; target is the client connection's, and empty on a
// server. A Key is called once for each call, by any number of goroutines.
type Key func(ctx context.Context, target, method string) string

// MaxCachedKeys is how many keys a [TargetMethodKey] keeps; it makes further
// ones anew for each call.
const MaxCachedKeys = 1024

// TargetMethodKey makes a [Key] that joins target and method, by [path.Join]: one
// breaker for each method of each target, for an interceptor that serves several
// connections. On a server, its key is the method. It keeps the keys that it
// makes, up to [MaxCachedKeys].
func TargetMethodKey() Key {
	j := &joined{seed: maphash.MakeSeed()}
	return j.key
}

type call struct{ target, method string }

type joinedCall struct {
	call
	key string
}

// joined is a map that is replaced at each new key, never changed. Most interceptors
// serve one target: the first one of a method is found by the hash of the method alone.
type joined struct {
	seed  maphash.Seed
	first [256]atomic.Pointer[joinedCall] // by the method's hash

	mu  sync.Mutex // to replace all
	all atomic.Pointer[map[call]*joinedCall]
}

func (j *joined) key(_ context.Context, target, method string) string {
	if target == "" {
		return method
	}
	first := &j.first[maphash.String(j.seed, method)%uint64(len(j.first))]
	if k := first.Load(); k != nil && k.method == method && k.target == target {
		return k.key
	}
	c := call{target, method}
	if all := j.all.Load(); all != nil {
		if k, ok := (*all)[c]; ok {
			return k.key
		}
	}
	key := path.Join(target, method)
	if k := j.keep(c, key); k != nil {
		first.CompareAndSwap(nil, k)
	}
	return key
}

// keep returns what it keeps, or nil if there is no room.
func (j *joined) keep(c call, key string) *joinedCall {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := map[call]*joinedCall{}
	if old := j.all.Load(); old != nil {
		if len(*old) >= MaxCachedKeys {
			return nil
		}
		all = maps.Clone(*old)
	}
	k := &joinedCall{call{strings.Clone(c.target), strings.Clone(c.method)}, key}
	all[k.call] = k
	j.all.Store(&all)
	return k
}

// Exempt reports whether method is of the health or the reflection service,
// which no breaker may refuse.
func Exempt(method string) bool { return strings.HasPrefix(method, "/grpc.") && exempt(method) }

// exempt is apart so that Exempt is small enough to be inlined.
func exempt(method string) bool {
	return strings.HasPrefix(method, "/grpc.health.v1.Health/") || strings.HasPrefix(method, "/grpc.reflection.")
}
