// Command kratosclient guards a Kratos client, over HTTP and over gRPC, of which
// one operation fails while another stays healthy: only the failing one is
// refused, and it recovers after the fault.
package main

import (
	"context"
	"fmt"
	"io"

	"github.com/go-fusebox/fusebox/examples/internal/backend"
	"github.com/go-fusebox/fusebox/examples/internal/program"
)

const about = `kratosclient: breakers by operation, in a Kratos client.

Starts a Kratos HTTP server and a Kratos gRPC server on 127.0.0.1, ports 18201 and
18202, makes SayHello fail while SayGoodbye is well, and mends it. The breakers
open after 10 failures and sleep for a second. Takes 2 s.
`

func main() {
	program.Main(about, func(ctx context.Context, out io.Writer) error {
		fmt.Fprintln(out, "HTTP")
		server, err := backend.StartKratosHTTP("127.0.0.1:18201") //nolint:contextcheck // a server ends by Stop, not by a ctx
		if err != nil {
			return err
		}
		defer server.Stop()
		if err := tell(ctx, out, server, dialHTTP); err != nil {
			return err
		}
		fmt.Fprintln(out, "\ngRPC")
		server, err = backend.StartKratosGRPC("127.0.0.1:18202") //nolint:contextcheck // a server ends by Stop, not by a ctx
		if err != nil {
			return err
		}
		defer server.Stop()
		return tell(ctx, out, server, dialGRPC)
	})
}

func tell(ctx context.Context, out io.Writer, server *backend.Server, dial dialer) error {
	r, err := run(ctx, server, dial)
	if err != nil {
		return err
	}
	for _, e := range r.events {
		fmt.Fprintf(out, "  %s: %v → %v, %s\n", e.Key, e.From, e.To, e.Reason)
	}
	fmt.Fprintf(out, "  during the fault:  SayHello failed %d times, then was refused %d times; %d calls reached the server\n",
		r.failed, r.refused, r.reached)
	fmt.Fprintf(out, "                     SayGoodbye answered %d times of %d\n", r.healthy, calls)
	fmt.Fprintf(out, "  a refused call:    %v\n", r.refusal)
	fmt.Fprintf(out, "  after the fault:   SayHello answered %d times of %d\n", r.recovered, calls)
	return nil
}
