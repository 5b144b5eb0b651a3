package group_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// finder is how the breaker of a key is found.
type finder interface {
	Get(key string) circuit.Breaker
}

// locked is what Kratos and go-zero have: a map and its lock, without a bound.
type locked struct {
	mu sync.RWMutex
	m  map[string]circuit.Breaker
}

func (l *locked) Get(key string) circuit.Breaker {
	l.mu.RLock()
	b, ok := l.m[key]
	l.mu.RUnlock()
	if ok {
		return b
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b = newStill(key)
	l.m[key] = b
	return b
}

type synced struct{ m sync.Map }

func (s *synced) Get(key string) circuit.Breaker {
	if b, ok := s.m.Load(key); ok {
		return b.(circuit.Breaker)
	}
	b, _ := s.m.LoadOrStore(key, newStill(key))
	return b.(circuit.Breaker)
}

// still is as large as an engine at rest.
type still struct {
	circuit.Disabled
	_ [400]byte
}

func newStill(string) circuit.Breaker { return new(still) }

// Lookups of keys that are there, in random order. The keys that are asked for
// are copies of those that the breakers were made for, as a server's are.
func BenchmarkGet(b *testing.B) {
	for _, n := range []int{1, 100, 10_000, 100_000} {
		for _, f := range []struct {
			name string
			make func() finder
		}{
			{"group", func() finder { return group.New(newStill, group.WithCap(n)) }},
			{"rwmutex", func() finder { return &locked{m: map[string]circuit.Breaker{}} }},
			{"syncmap", func() finder { return &synced{} }},
		} {
			b.Run(fmt.Sprintf("keys=%d/%s", n, f.name), func(b *testing.B) {
				found := f.make()
				keys := methods(n)
				for _, i := range rand.Perm(n) {
					found.Get(strings.Clone(keys[i]))
				}
				for _, key := range keys {
					found.Get(key)
				}
				b.Run("serial", func(b *testing.B) {
					b.ReportAllocs()
					at := 0
					for b.Loop() {
						found.Get(keys[at])
						if at++; at == len(keys) {
							at = 0
						}
					}
				})
				b.Run("parallel", func(b *testing.B) {
					b.ReportAllocs()
					b.RunParallel(func(pb *testing.PB) {
						at := rand.IntN(len(keys))
						for pb.Next() {
							found.Get(keys[at])
							if at++; at == len(keys) {
								at = 0
							}
						}
					})
				})
			})
		}
	}
}

func methods(n int) []string {
	keys := make([]string, n)
	for i, at := range rand.Perm(n) {
		keys[at] = fmt.Sprintf("/helloworld.v1.Greeter/Say%d", i)
	}
	return keys
}
