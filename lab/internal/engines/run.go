package engines

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/lab/internal/sim"
)

// epoch is when runs begin. Bubbles begin in 2000, but go-zero's clock, which
// starts 13 months before the process, must not be below zero: it would never
// force a call through. A fixed date gives the same dice in each process.
var epoch = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

// Settle sets the bubble's clock. It is called first in a bubble, and there does
// nothing the second time.
func Settle() { time.Sleep(time.Until(epoch)) }

// Close ends the goroutines of a breaker, if it has any. The breaker can't be
// used after that.
func Close(b circuit.Breaker) error {
	if c, ok := b.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// Run is [sim.Run] with breakers of this engine. It is called inside a bubble,
// once for each, and leaves no goroutine behind.
func (e Engine) Run(ctx context.Context, s sim.Scenario, seed uint64) (*sim.Result, error) {
	Settle()
	var breakers []circuit.Breaker
	defer func() {
		for _, b := range breakers {
			_ = Close(b)
		}
	}()
	// Breakers seed their dice by the time and, where several are made at one time,
	// by their order: those of runs side by side are made at different times.
	hash := fnv.New64a()
	fmt.Fprint(hash, e.Name, e.About, s.Name, seed)
	time.Sleep(time.Duration(hash.Sum64() % uint64(time.Second)))
	return sim.Run(ctx, s, seed, e.Told, func(int) circuit.Breaker {
		b := e.New()
		breakers = append(breakers, b)
		return b
	})
}
