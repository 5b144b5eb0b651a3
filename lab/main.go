// Command lab runs circuit breakers through the same troubles, in virtual time,
// and prints how well each protects a backend and its callers.
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
	"testing"

	"github.com/go-fusebox/fusebox/lab/internal/engines"
	"github.com/go-fusebox/fusebox/lab/internal/runner"
)

// Exit codes of the program.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	args := os.Args[1:]
	runner.Main(func(t *testing.T) int {
		engines.Quiet()
		// A library that is run here has handlers of its own, which take seconds.
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		return run(ctx, t, args, os.Stdout, os.Stderr)
	})
}

// run is the program, until it is through or ctx ends.
func run(ctx context.Context, t *testing.T, args []string, stdout, stderr io.Writer) int {
	c, err := parse(args)
	var wrong fileError
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage())
		return exitOK
	case errors.As(err, &wrong):
		fmt.Fprintln(stderr, wrong)
		return exitUsage
	case err != nil:
		fmt.Fprintf(stderr, "lab: %v\nRun with -h for help.\n", err)
		return exitUsage
	case c.list:
		fmt.Fprint(stdout, list())
		return exitOK
	}
	if err := c.folder(); err != nil { // before the runs, which take time
		fmt.Fprintf(stderr, "lab: %v\n", err)
		return exitFailed
	}
	bar := newBar(stderr, &c.plan)
	c.plan.Progress = bar.move
	figures, err := runner.Run(ctx, t, c.plan)
	bar.close()
	switch {
	case ctx.Err() != nil:
		fmt.Fprintf(stderr, "lab: interrupted at %.0f %%; a table of part of the runs would mislead, so there is none\n", 100*bar.done)
		return exitInterrupted
	case err == nil:
		err = c.print(stdout, figures)
	}
	if err == nil && c.charts != "" {
		err = c.draw(ctx, stderr, figures)
	}
	if err != nil {
		fmt.Fprintf(stderr, "lab: %v\n", err)
		return exitFailed
	}
	return exitOK
}
