// Command policies is service A, which calls service B through policies of failsafe-go, one
// of them a breaker of this module: a timeout, retries of 503, the breaker, which stays open
// for as long as B asks for by Retry-After, and a fallback. First each alone, then
// fallback(retry(breaker(timeout))).
//
// B is slow, or answers every second call at random by 503 and Retry-After: 1. The timeout
// helps against the slow one alone, and the retries against the busy one alone. The breaker
// alone spares B, the fallback alone answers the same every time, and together they do all
// of that.
package main

import (
	"context"
	"io"
	"net"

	"github.com/go-fusebox/fusebox/examples/internal/program"
)

const (
	addressA = "127.0.0.1:18131"
	addressB = "127.0.0.1:18132"
	about    = `policies: a breaker among the policies of failsafe-go.

Service A on ` + addressA + ` calls service B on ` + addressB + `, which is slow,
or answers 503 with probability 1/2: through a timeout of 1 s, through retries after
1 s and 2 s, through a breaker that stays open for B's Retry-After of 1 s, through a
fallback, and through all of them. Takes 50 s.
`
)

func main() {
	program.Main(about, func(ctx context.Context, out io.Writer) error {
		trials, err := newTrials()
		if err != nil {
			return err
		}
		a, err := listen(addressA)
		if err != nil {
			return err
		}
		b, err := listen(addressB)
		if err != nil {
			return err
		}
		return run(ctx, out, a, b, func() string { return "1" }, trials)
	})
}

func listen(address string) (place, error) {
	l, err := net.Listen("tcp", address)
	return place{l, (&net.Dialer{}).DialContext}, err
}
