package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"

	helloworldv1 "github.com/go-fusebox/fusebox/api/helloworld/v1"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/examples/internal/backend"
)

const (
	calls    = 20
	attempts = 3 // of each call, at most
)

// settings open a breaker at its tenth failure, until the run is over.
var settings = hystrix.Config{ConsecutiveFailures: 10, RequestVolumeThreshold: 1000, SleepWindow: time.Minute}

func newBreaker(string) circuit.Breaker {
	b, err := hystrix.New(settings)
	if err != nil {
		panic(err) // the settings are constant
	}
	return b
}

// way is one way to put retries and a breaker together.
type way struct {
	name string
	// dial makes a client whose breakers are those of the group.
	dial func(addr string, breakers *group.Group) (*client, error)
}

// client makes one call, under a name by which the server tells it from others.
type client struct {
	hello func(ctx context.Context, name string) error
	close func() error
}

// row is what became of the calls.
type row struct {
	way     string
	reached int
	judged  int
	refused int
	inVain  int
}

// run makes the calls in all ways. Empty addresses are free ports.
func run(ctx context.Context, grpcAddr, zrpcAddr string) ([]row, error) {
	kratosServer, err := backend.StartKratosGRPC(grpcAddr) //nolint:contextcheck // a server ends by Stop, not by a ctx
	if err != nil {
		return nil, err
	}
	defer kratosServer.Stop()
	zrpcServer, err := backend.StartZRPC(zrpcAddr, nil)
	if err != nil {
		return nil, err
	}
	defer zrpcServer.Stop()
	var rows []row
	for _, part := range []struct {
		server *backend.Server
		ways   []way
	}{{kratosServer, overGRPC}, {kratosServer, overKratos}, {zrpcServer, overZRPC}} {
		part.server.Hello.Fail(codes.Unavailable)
		for _, w := range part.ways {
			r, err := w.run(ctx, part.server)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", w.name, err)
			}
			rows = append(rows, r)
		}
	}
	return rows, nil
}

func (w way) run(ctx context.Context, server *backend.Server) (row, error) {
	breakers := group.New(newBreaker)
	c, err := w.dial(server.Addr, breakers)
	if err != nil {
		return row{}, err
	}
	defer func() { _ = c.close() }()
	ended := 0 // by a refusal
	for range calls {
		switch err := c.hello(ctx, w.name); {
		case err == nil:
			return row{}, errors.New("a server that is down answered")
		case errors.Is(err, circuit.ErrNotAllowed):
			ended++
		}
	}
	r := row{way: w.name, reached: server.Hello.CallsBy(w.name)}
	for _, b := range breakers.All() { // one at most: there is one method
		total := b.(circuit.Reporter).Snapshot().Total
		r.judged, r.refused, r.inVain = int(total.Failures), int(total.Refused), int(total.Refused)-ended
	}
	return r, nil
}

func greet(ctx context.Context, g helloworldv1.GreeterClient, name string) error {
	_, err := g.SayHello(ctx, &helloworldv1.SayHelloRequest{Name: name})
	return err
}
