package circuitgrpc

import (
	"context"
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
	return new(joined).key
}

type call struct{ target, method string }

// joined is a cache that is replaced at each new key, never changed.
type joined struct {
	mu   sync.Mutex // to replace keys
	keys atomic.Pointer[map[call]string]
}

func (j *joined) key(_ context.Context, target, method string) string {
	if target == "" {
		return method
	}
	c := call{target, method}
	if keys := j.keys.Load(); keys != nil {
		if key, ok := (*keys)[c]; ok {
			return key
		}
	}
	key := path.Join(target, method)
	j.keep(c, key)
	return key
}

func (j *joined) keep(c call, key string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	keys := map[call]string{}
	if old := j.keys.Load(); old != nil {
		if len(*old) >= MaxCachedKeys {
			return
		}
		keys = maps.Clone(*old)
	}
	keys[call{strings.Clone(c.target), strings.Clone(c.method)}] = key
	j.keys.Store(&keys)
}

// Exempt reports whether method is of the health or the reflection service,
// which no breaker may refuse.
func Exempt(method string) bool {
	return strings.HasPrefix(method, "/grpc.health.v1.Health/") || strings.HasPrefix(method, "/grpc.reflection.")
}
