// Command earlyfailures is a client whose server fails when both have just
// started: the circuit opens on the failures of the start, sleeps, lets one probe
// through, and closes.
//
// The server answers GET /ping with 500 during its first 200 ms, with 200
// afterwards. The client sends 20 requests, one each 100 ms. Two failures of ten
// calls are 20 per cent, so the circuit opens at the tenth call, not before:
// ten calls are what the client wants to see before it judges.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/go-fusebox/fusebox/examples/internal/program"
)

const (
	address = "127.0.0.1:18101"
	about   = `earlyfailures: plain HTTP calls as a hystrix command.

A server on ` + address + ` answers GET /ping with 500 during its first 200 ms.
A client calls it 20 times, one call each 100 ms, with a breaker that opens at
20 % of 10 calls and sleeps for 500 ms, a timeout of 10 ms, at most 100 calls at
once, and a fallback that prints the error. Takes 2 s.
`
)

func main() {
	program.Main(about, func(ctx context.Context, out io.Writer) error {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		r, err := run(ctx, out, l, (&net.Dialer{}).DialContext, 2*time.Millisecond)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "\nfailed  %v\nrefused %v\npassed  %v\nstates  %v\n", r.failed, r.refused, r.passed, r.states)
		return nil
	})
}
