// Command retries puts breakers and retries together, in gRPC, Kratos and go-zero,
// and counts what reaches a server that is down.
//
// A refusal looks like any other Unavailable, so that whoever retries those retries
// refusals, too: for nothing, since the breaker is open. And a breaker that is open
// bounds no retries before it opens: that takes a budget.
package main

import (
	"context"
	"fmt"
	"io"

	"github.com/go-fusebox/fusebox/examples/internal/program"
)

const about = `retries: breakers and retries together, at a server that is down.

Starts a Kratos gRPC server and a go-zero zRPC server on 127.0.0.1, ports 18501 and
18502, and makes 20 calls in each of 12 ways, of up to 3 attempts. The breakers open
after 10 failures. Takes a second.

  reached   attempts that the server saw
  judged    failures that the breaker saw: of calls, or of attempts
  refused   how often the breaker refused
  in vain   retries of refused calls
`

func main() {
	program.Main(about, func(ctx context.Context, out io.Writer) error {
		rows, err := run(ctx, "127.0.0.1:18501", "127.0.0.1:18502")
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%-48s  reached  judged  refused  in vain\n", "20 calls, up to 3 attempts each")
		for _, r := range rows {
			fmt.Fprintf(out, "%-48s  %7d  %6d  %7d  %7d\n", r.way, r.reached, r.judged, r.refused, r.inVain)
		}
		return nil
	})
}
