// Command offers is a service that asks a partner for a hot offer, and answers with a
// cold one of its own where it gets none.
//
// Three failures in a row open the circuit: from then on the partner gets no calls, until
// after 15 s calls try it again, and two that succeed close the circuit. Each answer is an offer,
// whatever the partner does. GET /offer/circuit tells where the circuit stands.
package main

import (
	"context"
	"fmt"
	"io"
	"net"

	"github.com/go-fusebox/fusebox/examples/internal/program"
)

const (
	partnerAddress = "127.0.0.1:18121"
	serviceAddress = "127.0.0.1:18122"
	about          = `offers: hot offers of a partner, cold ones by fallback.

A partner on ` + partnerAddress + ` answers GET /offer/hot, first with 200, then for 2 s with
500, then with 200 again. The service on ` + serviceAddress + ` answers GET /offer by it, under a
circuit that opens after 3 failures for 15 s, and GET /offer/circuit with its state.
Takes 18 s.
`
)

func main() {
	program.Main(about, func(ctx context.Context, out io.Writer) error {
		dial := (&net.Dialer{}).DialContext
		var links [2]link
		for i, address := range []string{partnerAddress, serviceAddress} {
			l, err := net.Listen("tcp", address)
			if err != nil {
				return err
			}
			links[i] = link{l, dial}
		}
		r, err := run(ctx, out, links[0], links[1], plan)
		if err == nil {
			fmt.Fprintf(out, "\n%d offers, for which the partner was asked %d times\n", len(r.steps), r.steps[len(r.steps)-1].asked)
		}
		return err
	})
}
