// Command threshold puts a breaker around a plain function that 20 goroutines
// call at once. The function fails after five calls; the circuit opens after the
// first failure, stays open for 40 ms, and admits one call to see.
package main

import (
	"context"
	"fmt"
	"io"

	"github.com/go-fusebox/fusebox/examples/internal/program"
)

const about = `threshold: a breaker that opens at the first failure, around a function.

20 goroutines call a function at the same moment, and again each 10 ms. The
function takes 5 ms, fails from its sixth call on, and is mended after 30 ms; the
circuit is open for 40 ms. Takes 70 ms.
`

func main() {
	program.Main(about, func(ctx context.Context, out io.Writer) error {
		rounds, events, err := run(ctx, 7)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, "   at  passed  failed  refused   (of 20 goroutines)")
		for _, r := range rounds {
			fmt.Fprintf(out, "%2d ms  %6d  %6d  %7d\n", r.at.Milliseconds(), r.passed, r.failed, r.refused)
		}
		fmt.Fprintln(out)
		for _, e := range events {
			fmt.Fprintf(out, "%2d ms  %v → %v: %s\n", e.at.Milliseconds(), e.From, e.To, e.Reason)
		}
		return nil
	})
}
