// Command stockbreakers sets our breakers beside those that Kratos and go-zero
// come with, each as it is with no option set, in real HTTP clients of both: in
// an outage, when callers cancel, and when calls panic.
package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"github.com/go-fusebox/fusebox/examples/internal/program"
)

const about = `stockbreakers: our breakers beside those of Kratos and go-zero.

Ten HTTP clients of each kind, each with 100 calls a second: 5 s of health, 10 s in
which every call fails, and 30 s to recover; others beside them have calls cancelled
or panicking. Prints medians. Takes 45 s; the test does the same in virtual
time:  go test -v ./stockbreakers
`

func main() {
	program.Main(about, func(ctx context.Context, out io.Writer) error {
		logx.Disable() // go-zero logs its refusals
		results, err := run(ctx)
		if err != nil {
			return err
		}
		render(out, results)
		return nil
	})
}

func render(out io.Writer, results [][clients]figures) {
	fmt.Fprint(out, `                  reached the       refused after  all admitted again   good calls refused     panics
breaker           failing backend   the outage     after; at the worst  after cancelled ones   let through
`)
	for i, k := range kinds {
		all := results[i][:]
		normal := func(f figures) time.Duration { return f.normal }
		fmt.Fprintf(out, "%-16s  %7d of %d   %10d     %6.1f s;   %6.1f s   %12d of %d   %9d of %d\n", k.name,
			median(all, func(f figures) int { return f.reached }), outage/interval,
			median(all, func(f figures) int { return f.lost }),
			median(all, normal).Seconds(), worst(all, normal).Seconds(),
			median(all, func(f figures) int { return f.cancelled }), good,
			median(all, func(f figures) int { return f.panicked }), bad)
	}
	fmt.Fprintf(out, `
Medians of %d clients, each with a call every %v. The outage took %v, and the calls
after it %v: that is as bad as the worst can look. Cancelled: %d good calls, %d whose
callers left, and then the good ones that are counted here.
`, clients, interval, outage, after, good, bad)
}

// median is the lower of the two in the middle.
func median[T cmp.Ordered](all []figures, of func(figures) T) T {
	return sorted(all, of)[(len(all)-1)/2]
}

func worst[T cmp.Ordered](all []figures, of func(figures) T) T {
	return sorted(all, of)[len(all)-1]
}

func sorted[T cmp.Ordered](all []figures, of func(figures) T) []T {
	var values []T
	for _, f := range all {
		values = append(values, of(f))
	}
	slices.Sort(values)
	return values
}
