// Command bench runs circuit breakers side by side, ours and those of other
// libraries, and prints what a call through each costs, and whether our targets
// are met.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-fusebox/fusebox/bench/internal/chart"
	"github.com/go-fusebox/fusebox/bench/internal/report"
	"github.com/go-fusebox/fusebox/bench/internal/subjects"
)

// Exit codes of the program.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	subjects.Quiet()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program, until it is through or ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage())
		return exitOK
	case err != nil:
		fmt.Fprintf(stderr, "bench: %v\nRun with -h for help.\n", err)
		return exitUsage
	}
	began := time.Now()
	b := &bench{config: c, figures: report.Figures{}, stdout: stdout, stderr: stderr}
	switch err := b.sections(ctx); {
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "bench: interrupted; a table of part of the rounds would mislead, so there is none")
		return exitInterrupted
	case err != nil:
		fmt.Fprintf(stderr, "bench: %v\n", err)
		return exitFailed
	}
	if c.list {
		return exitOK
	}
	header := report.Here()
	header.Command, header.Took, header.Rounds = c.command(), time.Since(began), c.plan.Rounds
	if err := b.write(header); err != nil {
		fmt.Fprintf(stderr, "bench: %v\n", err)
		return exitFailed
	}
	return exitOK
}

func (b *bench) write(header report.Header) error {
	write := b.figures.Text
	if b.markdown {
		write = b.figures.Markdown
	}
	if err := write(b.stdout, header); err != nil {
		return err
	}
	if b.svg == "" {
		return nil
	}
	f, err := os.Create(b.svg)
	if err != nil {
		return err
	}
	return errors.Join(chart.Write(f, chart.Of(b.figures, header.Machine())), f.Close())
}
