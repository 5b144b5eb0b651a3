package kratos_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/go-kratos/kratos/v2/errors"
	"github.com/go-kratos/kratos/v2/middleware"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
	"github.com/go-fusebox/fusebox/kratos"
)

// Kratos' own middleware counts the caller's cancel as a failure over HTTP, where
// it has the code 500, and as a success over gRPC, where it has 499.
func TestRule4CallersCancelIsIgnored(t *testing.T) {
	stockCounts := map[string]circuit.Counts{"http": {Failures: 1}, "grpc": {Successes: 1}}
	for _, over := range transports {
		t.Run(over, func(t *testing.T) {
			entered := make(chan struct{})
			atServer := group.New(guard.DefaultBreaker)
			address := start(t, over, &greeter{hello: func(ctx context.Context, _ string) error {
				entered <- struct{}{}
				<-ctx.Done()
				return ctx.Err()
			}}, kratos.Server(kratos.WithGroup(atServer)))

			ours := group.New(guard.DefaultBreaker)
			theirs := guard.DefaultBreaker("")
			for _, m := range []middleware.Middleware{
				kratos.Client(kratos.WithGroup(ours)),
				stock(func() circuit.Breaker { return theirs }),
			} {
				hello := client{address: address, middleware: []middleware.Middleware{m}}.dial(t, over)
				ctx, cancel := context.WithCancel(t.Context())
				go func() {
					<-entered
					cancel()
				}()
				if _, err := hello(ctx, opHello, "x"); err == nil {
					t.Fatal("a cancelled call returned no error")
				}
			}
			expect(t, "client", snapshot(t, ours, opHello).Total, circuit.Counts{Ignored: 1})
			expect(t, "stock", theirs.(circuit.Reporter).Snapshot().Total, stockCounts[over])
			eventually(t, "the server ignored both", func() bool {
				return snapshot(t, atServer, opHello).Total == circuit.Counts{Ignored: 2}
			})
		})
	}
}

func TestRule4DeadlineIsFailure(t *testing.T) {
	type deadline struct {
		of      string
		timeout time.Duration
		ctx     func(context.Context) (context.Context, context.CancelFunc)
	}
	for _, d := range []deadline{
		{"the client", 50 * time.Millisecond, context.WithCancel},
		{"the caller", 0, func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 50*time.Millisecond)
		}},
	} {
		for _, over := range transports {
			t.Run(d.of+" "+over, func(t *testing.T) {
				address := start(t, over, &greeter{hello: func(ctx context.Context, _ string) error {
					<-ctx.Done()
					return ctx.Err()
				}})
				g := group.New(guard.DefaultBreaker)
				hello := client{address: address, timeout: d.timeout, middleware: []middleware.Middleware{
					kratos.Client(kratos.WithGroup(g)),
				}}.dial(t, over)
				ctx, cancel := d.ctx(t.Context())
				defer cancel()
				if _, err := hello(ctx, opHello, "x"); err == nil {
					t.Fatal("the call returned no error")
				}
				expect(t, "client", snapshot(t, g, opHello).Total, circuit.Counts{Failures: 1})
			})
		}
	}
}

// Kratos gives it the code 500 over HTTP, 503 over gRPC.
func TestConnectionRefusedIsFailure(t *testing.T) {
	for _, over := range transports {
		t.Run(over, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			address := listener.Addr().String()
			_ = listener.Close()
			g := group.New(guard.DefaultBreaker)
			hello := client{address: address, middleware: []middleware.Middleware{
				kratos.Client(kratos.WithGroup(g)),
			}}.dial(t, over)
			if _, err := hello(t.Context(), opHello, "x"); !errors.IsServiceUnavailable(err) && !errors.IsInternalServer(err) {
				t.Fatalf("%v", err)
			}
			expect(t, "client", snapshot(t, g, opHello).Total, circuit.Counts{Failures: 1})
		})
	}
}
