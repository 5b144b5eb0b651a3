// Command gozeroservice puts our breakers into go-zero, in place of its own: as
// interceptors of a zRPC client and of a zRPC server, unary and stream; as
// middleware of a REST server; and under httpc.
//
// It asks which gRPC codes trip a breaker, with the classifier
// gozero.GoZeroCodes, and which HTTP statuses: for each it makes 12 calls that
// fail so, the breaker being one that opens after ten. If ten calls reach the
// server, the code counts as a failure; if all twelve do, it doesn't.
package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/go-fusebox/fusebox/examples/internal/program"
)

const about = `gozeroservice: breakers in go-zero's zRPC and REST, clients and servers.

Starts four servers on 127.0.0.1, ports 18401 to 18404, makes 12 calls for each
gRPC code and each HTTP status, and prints how many of them reached the server.
The breakers open after ten failures. Takes a second.
`

func main() {
	program.Main(about, func(ctx context.Context, out io.Writer) error {
		rpc, err := runZRPC(ctx, "127.0.0.1:18401", "127.0.0.1:18402")
		if err != nil {
			return err
		}
		printTable(out, "zRPC", rpc)
		rest, err := runREST(ctx, "127.0.0.1:18403", "127.0.0.1:18404")
		if err != nil {
			return err
		}
		fmt.Fprintln(out)
		printTable(out, "HTTP", rest)
		return nil
	})
}

func printTable(out io.Writer, transport string, rows []row) {
	line := fmt.Sprintf("%-18s", transport)
	for _, t := range rows[0].trials {
		line += fmt.Sprintf(" │ %-23s", t.lane)
	}
	fmt.Fprintln(out, strings.TrimRight(line, " "))
	for _, r := range rows {
		line := fmt.Sprintf("%-18s", r.fault)
		for _, t := range r.trials {
			said := fmt.Sprint(t.reached)
			if t.refusal != "" {
				said += ", then " + t.refusal
			}
			line += fmt.Sprintf(" │ %-23s", said)
		}
		fmt.Fprintln(out, strings.TrimRight(line, " "))
	}
}
