// Command badrequests asks a catalogue for offers as a hystrix command, in each way that
// such a call can end: caller's mistakes, which are returned as such and never count;
// failures, timeouts, calls that their caller gave up; calls over the limit, fallbacks
// over theirs, and calls that the circuit refuses. Each is told apart by errors.Is and
// errors.As, and has a counter of its own.
package main

import (
	"context"
	"fmt"
	"io"

	"github.com/go-fusebox/fusebox/examples/internal/program"
)

const about = `badrequests: each way in which a command can end, and how to tell them apart.

A catalogue of offers is asked by a command with a timeout of 20 ms, at most 3 calls
and 1 fallback at once, under a breaker that opens at 5 failures in a row. Takes 0.1 s.
`

func main() {
	program.Main(about, func(ctx context.Context, out io.Writer) error {
		r, err := run(ctx)
		if err != nil {
			return err
		}
		for _, l := range r.lines {
			fmt.Fprintf(out, "%4d × %-47s  %-18s  %d  %s\n", l.times, l.what, l.kind, l.status, l.text)
		}
		s := r.stats
		fmt.Fprintf(out, "\ncalls      %d successes, %d failures, %d timeouts, %d bad requests, %d interrupts, %d concurrency rejects, %d short circuits\n",
			s.Successes, s.Failures, s.Timeouts, s.BadRequests, s.Interrupts, s.ConcurrencyRejects, s.ShortCircuits)
		fmt.Fprintf(out, "fallbacks  %d successes, %d failures, %d rejects\n", s.FallbackSuccesses, s.FallbackFailures, s.FallbackRejects)
		fmt.Fprintf(out, "breaker    %d failures after the bad requests, %d in the end; %d calls ignored, %d refused\n",
			r.afterBadRequests.Failures, r.total.Failures, r.total.Ignored, r.total.Refused)
		fmt.Fprintf(out, "states     %v\n", r.states)
		return nil
	})
}
