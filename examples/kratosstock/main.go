// Command kratosstock puts our breakers into Kratos' own middleware,
// circuitbreaker.Client, and sets that beside our middleware over the same
// history.
//
// Kratos' middleware marks each call that it refused as failed. A breaker that
// takes these marks for calls is misled: hystrix takes one for the failure of the
// probe that is in flight, and opens again, for as long as calls come together;
// sre takes them for requests, and goes on refusing long after the fault.
// circuit.MarksRefusals swallows them.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/go-fusebox/fusebox/examples/internal/program"
)

const about = `kratosstock: our breakers in Kratos' own circuitbreaker middleware.

Three clients call a Kratos HTTP server for six seconds, with a fault in between:
one with our middleware, one with Kratos' around circuit.MarksRefusals(b), and one
with Kratos' around the bare breaker. Once with hystrix, on 127.0.0.1:18301, and at
the same time with sre, on 127.0.0.1:18302. Takes 6 s.
`

func main() {
	program.Main(about, func(ctx context.Context, out io.Writer) error {
		addrs := []string{"127.0.0.1:18301", "127.0.0.1:18302"}
		histories := []history{withHystrix, withSRE}
		results := make([][]*lane, len(histories))
		errs := make([]error, len(histories))
		var running sync.WaitGroup
		for i, h := range histories {
			l, err := net.Listen("tcp", addrs[i])
			if err != nil {
				return err
			}
			running.Go(func() {
				results[i], errs[i] = run(ctx, h, l, (&net.Dialer{}).DialContext)
			})
		}
		running.Wait()
		for i, h := range histories {
			if errs[i] != nil {
				return errs[i]
			}
			tell(out, h, results[i])
		}
		return nil
	})
}

func tell(out io.Writer, h history, lanes []*lane) {
	fmt.Fprintf(out, "%s: each %v, %d at once, fault from %v to %v\n", h.name, h.tick, h.burst,
		time.Duration(h.failFrom)*h.tick, time.Duration(h.failUntil)*h.tick)
	fmt.Fprintln(out, "                                  passed  failed  refused   marked failed   last refusal    at the end")
	for _, l := range lanes {
		s := l.breaker.Snapshot()
		fmt.Fprintf(out, "  %-31s %6d  %6d  %7d   %13d   %12v    %v\n", l.name, l.passed, l.failed, l.refused,
			s.Total.Failures, l.lastRefusal.Round(time.Millisecond), s.State)
	}
	fmt.Fprintln(out)
}
