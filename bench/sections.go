package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/go-fusebox/fusebox/bench/internal/inplace"
	"github.com/go-fusebox/fusebox/bench/internal/lookups"
	"github.com/go-fusebox/fusebox/bench/internal/measure"
	"github.com/go-fusebox/fusebox/bench/internal/report"
	"github.com/go-fusebox/fusebox/bench/internal/subjects"
)

// bench is one run of the program.
type bench struct {
	*config
	figures        report.Figures
	stdout, stderr io.Writer
}

// sections run one after the other, each with its own cases taking turns: so that a
// section's subjects are garbage when the next one begins. Those that leave much
// behind, in registries of their own, come last.
func (b *bench) sections(ctx context.Context) error {
	loopback, err := inplace.Open(ctx)
	if err != nil {
		return err
	}
	defer loopback.Close()
	for _, s := range []struct {
		name  string
		cases []measure.Case
	}{
		{"calls", subjects.Cases()},
		{"in place", slices.Concat(inplace.KratosCases(), inplace.ZRPCCases(loopback.Conn))}, //nolint:contextcheck // calls have contexts of their own
		{"loopback", loopback.Cases()}, //nolint:contextcheck // as above
		{"scale", lookups.ScaleCases()},
	} {
		if err := b.section(ctx, s.name, s.cases); err != nil {
			return err
		}
	}
	if err := b.memory(ctx); err != nil {
		return err
	}
	for _, keys := range lookups.Sizes {
		if err := b.section(ctx, "lookups among "+strconv.Itoa(keys), lookups.Cases(keys)); err != nil {
			return err
		}
	}
	return nil
}

// section measures those of the cases that are wanted.
func (b *bench) section(ctx context.Context, name string, cases []measure.Case) error {
	cases = slices.DeleteFunc(cases, func(c measure.Case) bool { return !b.wants(c.Name) })
	if b.list {
		for _, c := range cases {
			fmt.Fprintln(b.stdout, c.Name)
		}
		return nil
	}
	if len(cases) == 0 {
		return nil
	}
	began := time.Now()
	figures, err := b.plan.Run(ctx, cases, func(round int) {
		fmt.Fprintf(b.stderr, "bench: %s: round %d of %d, after %v\n", name, round, b.plan.Rounds, time.Since(began).Round(time.Second/10))
	})
	for name, f := range figures {
		b.figures[name] = f
	}
	return err
}
