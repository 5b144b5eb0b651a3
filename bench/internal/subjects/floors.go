package subjects

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// Floor is an operation that a breaker is made of.
type Floor struct {
	Name string
	New  func() Loop // every is of no account
}

// The names of floors that others refer to.
const (
	AtomicAdd     = "atomic add"
	AtomicAddLoad = "atomic add, atomic load"
	Arithmetic    = "arithmetic"
)

// apart keeps words that goroutines fight for off each other's cache lines.
type apart [64]byte

// arithmetic is work that goroutines don't share: what it takes of several of them
// tells how many processors there really were.
func arithmetic(n, _ int) (never int) {
	x := uint64(n) | 1
	for range n {
		for range 4 {
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
		}
		if x == 0 {
			never++
		}
	}
	return never
}

// Floors returns them all.
func Floors() []Floor {
	return []Floor{
		{Arithmetic, func() Loop { return arithmetic }},
		{AtomicAdd, func() Loop {
			v := &struct {
				_     apart
				count atomic.Uint64
				_     apart
			}{}
			return func(n, _ int) int {
				for range n {
					v.count.Add(1)
				}
				return 0
			}
		}},
		{AtomicAddLoad, func() Loop {
			v := &struct {
				_     apart
				open  atomic.Uint64
				_     apart
				count atomic.Uint64
				_     apart
			}{}
			return func(n, _ int) (refused int) {
				for range n {
					if v.open.Load() != 0 {
						refused++
						continue
					}
					v.count.Add(1)
				}
				return refused
			}
		}},
		{"time.Since", func() Loop {
			began := time.Now()
			return func(n, _ int) (never int) {
				for range n {
					if time.Since(began) < 0 {
						never++
					}
				}
				return never
			}
		}},
		{"mutex", func() Loop {
			v := &struct {
				_  apart
				mu sync.Mutex
				n  uint64
				_  apart
			}{}
			return func(n, _ int) int {
				for range n {
					v.mu.Lock()
					v.n++
					v.mu.Unlock()
				}
				return 0
			}
		}},
		{"mutex, math/rand", func() Loop {
			v := &struct {
				_    apart
				mu   sync.Mutex
				drop float64
				n    uint64
				_    apart
			}{drop: 0.999}
			return func(n, _ int) (refused int) {
				for range n {
					v.mu.Lock()
					if rand.Float64() < v.drop {
						v.n++
						refused++
					}
					v.mu.Unlock()
				}
				return refused
			}
		}},
	}
}
