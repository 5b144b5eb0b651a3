package guard_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
)

// What a call of an adapter asks of a guard, with breakers that do nothing, and
// the parts of that: the lookup, and the breaker asked without one.
func BenchmarkAcquire(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		shared := group.New(func(string) circuit.Breaker { return circuit.Disabled{} }, group.WithCap(n))
		g := guard.New(guard.Config{Group: shared}, circuit.DefaultClassifier)
		keys := make([]string, n)
		for i, at := range rand.Perm(n) {
			keys[at] = fmt.Sprintf("/helloworld.v1.Greeter/Say%d", i)
		}
		for _, key := range append(keys, keys...) {
			g.Breaker(key)
		}
		lone := g.Breaker(keys[0])
		held, _ := lone.(circuit.Acquirer)
		for _, part := range []struct {
			name string
			call func(key string)
		}{
			{"guard", func(key string) {
				permit, _ := g.Acquire(key)
				permit.Success()
			}},
			{"lookup", func(key string) { shared.Get(key) }},
			{"breaker", func(string) {
				permit, _ := circuit.Acquire(lone)
				permit.Success()
			}},
			{"acquirer", func(string) {
				permit, _ := held.Acquire()
				permit.Success()
			}},
		} {
			b.Run(fmt.Sprintf("keys=%d/%s", n, part.name), func(b *testing.B) {
				b.ReportAllocs()
				at := 0
				for b.Loop() {
					part.call(keys[at])
					if at++; at == n {
						at = 0
					}
				}
			})
		}
	}
}
