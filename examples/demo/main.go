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
)

// Exit codes of the program.
const (
	exitOK          = 0
	exitFailed      = 1 // a bound was not kept, or a server did not start
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
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
		fmt.Fprintf(stderr, "demo: %v\nRun with -h for help.\n", err)
		return exitUsage
	}
	d, err := newDemo(ctx, c)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "demo: interrupted")
		return exitInterrupted
	case err != nil:
		fmt.Fprintf(stderr, "demo: %v\n", err)
		return exitFailed
	}
	defer d.close()

	display := newDisplay(stdout, c)
	d.play(ctx, display)
	display.close()
	if ctx.Err() != nil {
		fmt.Fprintln(stderr, "demo: interrupted")
		return exitInterrupted
	}
	r := d.report()
	fmt.Fprint(stdout, r.render(c, colours(stdout, c)))
	if c.hold {
		fmt.Fprintf(stdout, "\nIt goes on for the page until Ctrl-C: %s\n", d.page.url)
		d.repeat(ctx)
	}
	if failed := r.failed(); len(failed) > 0 {
		for _, f := range failed {
			fmt.Fprintf(stderr, "demo: bound not kept: %s\n", f)
		}
		if late := d.late(); late > busy {
			fmt.Fprintf(stderr, "demo: that may be due to the machine: calls were made up to %v late\n", late.Round(time.Millisecond))
		}
		return exitFailed
	}
	return exitOK
}
