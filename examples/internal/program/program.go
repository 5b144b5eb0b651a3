// Package program is the frame that each example runs in.
package program

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

// Main parses the flags, runs an example, and ends the process: with 1 if run
// fails, with 2 if the flags are wrong. About is what -h says; an interrupt ends
// run's ctx.
func Main(about string, run func(ctx context.Context, out io.Writer) error) {
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), about)
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "unexpected argument %q\n", flag.Arg(0))
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
