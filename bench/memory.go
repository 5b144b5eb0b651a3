package main

import (
	"context"
	"fmt"

	"github.com/go-fusebox/fusebox/bench/internal/measure"
	"github.com/go-fusebox/fusebox/bench/internal/memory"
	"github.com/go-fusebox/fusebox/bench/internal/subjects"
)

// How much is weighed.
const (
	crowd     = 2_000     // breakers of each kind
	keys      = 1_000_000 // that go through a group
	keysQuick = 200_000
	limit     = 10_000 // the group's cap
)

// memory weighs a group, and all breakers.
func (b *bench) memory(ctx context.Context) error {
	const flood = "memory/flood/"
	parts := []string{"keys", "cap", "full bytes", "most bytes", "most keys"}
	if b.wants(flood) && !b.list {
		n := keys
		if b.quick {
			n = keysQuick
		}
		c := memory.Flood(n, limit)
		for i, v := range []float64{float64(c.Keys), float64(c.Cap), c.Full, c.Most, float64(c.MostKeys)} {
			b.figures[flood+parts[i]] = measure.FigureOf(v)
		}
	}
	if b.wants(flood) && b.list {
		for _, part := range parts {
			fmt.Fprintln(b.stdout, flood+part)
		}
	}
	for _, s := range subjects.All() {
		bytes, goroutines := subjects.Name("memory", "bytes", s.Name), subjects.Name("memory", "goroutines", s.Name)
		switch {
		case s.Only != "" || s.Bare || !b.wants(bytes) && !b.wants(goroutines):
		case b.list:
			fmt.Fprintf(b.stdout, "%s\n%s\n", bytes, goroutines)
		case ctx.Err() != nil:
			return ctx.Err()
		default:
			fmt.Fprintf(b.stderr, "bench: memory: %s\n", s.Name)
			idle := memory.Weigh(s, crowd)
			b.figures[bytes], b.figures[goroutines] = measure.FigureOf(idle.Bytes), measure.FigureOf(idle.Goroutines)
		}
	}
	return nil
}
