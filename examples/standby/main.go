// Command standby is a client of two sites, a primary one and a standby, whose circuit
// finds out by health checks, not by live calls, when the primary is well again.
//
// When the circuit opens, a synthetic call goes to the primary at each tick, and all live
// calls to the standby. Three healthy checks in a row let live calls through with a
// probability of a quarter; when five of them have succeeded, the circuit closes and the checks end. One
// failure before that, of a check or of a live call, opens it again. The rules for opening
// and closing are the program's own, and count what they see.
package main

import (
	"context"
	"fmt"
	"io"
	"net"

	"github.com/go-fusebox/fusebox/examples/internal/program"
)

const (
	primaryAddress = "127.0.0.1:18141"
	standbyAddress = "127.0.0.1:18142"
	about          = `standby: recovery by an active health check, and a site to fall back to.

A primary site on ` + primaryAddress + ` is down from 1 s on, and up again from 5 s on. A client orders
from it each 100 ms, by a circuit that falls back to a standby site on ` + standbyAddress + `.
Takes some 10 s, as chance has it.
`
)

func main() {
	program.Main(about, func(ctx context.Context, out io.Writer) error {
		dial := (&net.Dialer{}).DialContext
		var links [2]link
		for i, address := range []string{primaryAddress, standbyAddress} {
			l, err := net.Listen("tcp", address)
			if err != nil {
				return err
			}
			links[i] = link{l, dial}
		}
		r, err := run(ctx, out, links[0], links[1])
		if err == nil {
			fmt.Fprintf(out, "\n%d orders at the primary, %d at the standby, %d health checks\nthe rules saw %v\n", r.primary, r.standby, r.checks, r.seen)
		}
		return err
	})
}
