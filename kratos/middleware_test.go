package kratos_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/go-kratos/kratos/v2/errors"
	"github.com/go-kratos/kratos/v2/middleware"
	"github.com/go-kratos/kratos/v2/middleware/circuitbreaker"
	"github.com/go-kratos/kratos/v2/transport"
	khttp "github.com/go-kratos/kratos/v2/transport/http"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
	"github.com/go-fusebox/fusebox/kratos"
)

// As it does through Kratos' own middleware.
func TestHealthyTrafficPassesUnchanged(t *testing.T) {
	for _, over := range transports {
		t.Run(over, func(t *testing.T) {
			address := start(t, over, &greeter{hello: well}, kratos.Server())
			for name, m := range map[string]middleware.Middleware{
				"stock": circuitbreaker.Client(), "ours": kratos.Client(),
			} {
				hello := client{address: address, middleware: []middleware.Middleware{m}}.dial(t, over)
				for range 200 {
					if reply, err := hello(t.Context(), opHello, "x"); err != nil || reply != "hello x" {
						t.Fatalf("%s: %q, %v, must be hello x", name, reply, err)
					}
				}
			}
		})
	}
}

func TestOperationsAreApart(t *testing.T) {
	for _, over := range transports {
		t.Run(over, func(t *testing.T) {
			address := start(t, over, &greeter{hello: broken, other: well})
			g := group.New(brittle)
			hello := client{address: address, middleware: []middleware.Middleware{kratos.Client(kratos.WithGroup(g))}}.dial(t, over)
			for range 5 {
				_, _ = hello(t.Context(), opHello, "x")
				if _, err := hello(t.Context(), opOther, "x"); err != nil {
					t.Errorf("the other operation: %v, must be served", err)
				}
			}
			expect(t, opHello, snapshot(t, g, opHello).Total, circuit.Counts{Failures: 3, Refused: 2})
			expect(t, opOther, snapshot(t, g, opOther).Total, circuit.Counts{Successes: 5})
		})
	}
}

// An HTTP client without khttp.Operation makes a key of each path.
func TestRawPathsAreBoundedByTheGroup(t *testing.T) {
	address := start(t, "http", &greeter{hello: well})
	g := group.New(brittle, group.WithCap(2))
	roundTripper := &http.Transport{}
	defer roundTripper.CloseIdleConnections()
	c, err := khttp.NewClient(t.Context(), khttp.WithEndpoint(address), khttp.WithTransport(roundTripper),
		khttp.WithMiddleware(kratos.Client(kratos.WithGroup(g))))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, name := range []string{"a", "b", "c", "d"} {
		var reply greeting
		if err := c.Invoke(t.Context(), http.MethodGet, "/hello/"+name, nil, &reply); err != nil {
			t.Fatal(err)
		}
	}
	if n := g.Len(); n != 2 {
		t.Errorf("%d keys, must be 2", n)
	}
	expect(t, "the last path", snapshot(t, g, "/hello/d").Total, circuit.Counts{Successes: 1})
}

// Kratos' own middleware is a nil dereference there.
func TestContextWithoutTransport(t *testing.T) {
	for name, side := range map[string]func(...kratos.Option) middleware.Middleware{
		"client": kratos.Client, "server": kratos.Server,
	} {
		g := group.New(brittle)
		handler := side(kratos.WithGroup(g), kratos.WithKey(kratos.ByEndpointOperation))(
			func(context.Context, any) (any, error) { return nil, errBroken })
		for range 4 {
			_, _ = handler(t.Context(), nil)
		}
		expect(t, name, snapshot(t, g, kratos.NoTransport).Total, circuit.Counts{Failures: 3, Refused: 1})
	}
}

// Inside of a server, a client's call has both transports in its context.
func TestSidesLookAtTheirOwnTransport(t *testing.T) {
	ctx := transport.NewServerContext(calling(t.Context(), "/client"), carrier{kind: transport.KindGRPC, operation: "/server"})
	for want, side := range map[string]func(...kratos.Option) middleware.Middleware{
		"/client": kratos.Client, "/server": kratos.Server,
	} {
		g := group.New(brittle)
		_, _ = side(kratos.WithGroup(g))(func(context.Context, any) (any, error) { return nil, nil })(ctx, nil)
		expect(t, want, snapshot(t, g, want).Total, circuit.Counts{Successes: 1})
	}
}

func TestWithKey(t *testing.T) {
	g := group.New(brittle)
	handler := kratos.Client(kratos.WithGroup(g), kratos.WithKey(kratos.ByEndpointOperation), kratos.WithKey(nil))(
		func(context.Context, any) (any, error) { return nil, nil })
	_, _ = handler(calling(t.Context(), opHello), nil)
	expect(t, "key", snapshot(t, g, "direct:///a"+opHello).Total, circuit.Counts{Successes: 1})
}

func TestWithFallback(t *testing.T) {
	g := group.New(brittle)
	var result error = errBroken
	var fallen atomic.Int64
	handler := kratos.Server(kratos.WithGroup(g), kratos.WithFallback(
		func(_ context.Context, req any, err error) (any, error) {
			fallen.Add(1)
			return []any{"instead of", req, errors.Reason(err)}, nil
		}))(func(context.Context, any) (any, error) { return "reply", result })
	ctx := transport.NewServerContext(t.Context(), carrier{kind: transport.KindGRPC, operation: opHello})
	says := func(want string) {
		t.Helper()
		reply, err := handler(ctx, "req")
		if got, ok := reply.([]any); err != nil || !ok || got[1] != "req" || got[2] != want {
			t.Errorf("reply %v, error %v, must be the fallback's for %s", reply, err, want)
		}
	}
	for range 3 {
		says("BROKEN")
	}
	says(kratos.Reason)

	g.Remove(opHello)
	result = errors.NotFound("MISSING", "")
	if _, err := handler(ctx, "req"); errors.Reason(err) != "MISSING" {
		t.Errorf("%v: an error that isn't a failure must not fall back", err)
	}
	if n := fallen.Load(); n != 4 {
		t.Errorf("%d fallbacks, must be 4", n)
	}
}

// Kratos takes only the error from a client's middleware.
func TestClientFallbackReplacesTheError(t *testing.T) {
	for _, over := range transports {
		t.Run(over, func(t *testing.T) {
			address := start(t, over, &greeter{hello: broken})
			for _, instead := range []error{nil, errors.NotFound("INSTEAD", "")} {
				hello := client{address: address, middleware: []middleware.Middleware{
					kratos.Client(kratos.WithFallback(func(context.Context, any, error) (any, error) { return "dropped", instead })),
				}}.dial(t, over)
				reply, err := hello(t.Context(), opHello, "x")
				if reply != "" || errors.Reason(err) != errors.Reason(instead) {
					t.Errorf("%q, %v, must be empty, %v", reply, err, instead)
				}
			}
		})
	}
}

func TestWithObserver(t *testing.T) {
	var events []circuit.Event
	handler := kratos.Client(kratos.WithBreaker(brittle), kratos.WithObserver(func(e circuit.Event) { events = append(events, e) }))(
		func(context.Context, any) (any, error) { return nil, errBroken })
	for range 5 {
		_, _ = handler(calling(t.Context(), opHello), nil)
	}
	if len(events) != 1 || events[0].Key != opHello || events[0].To != circuit.Open {
		t.Errorf("%+v, must be one event: %s open", events, opHello)
	}
}

func TestNilOptionsChangeNothing(t *testing.T) {
	opts := []kratos.Option{
		kratos.WithGroup(nil), kratos.WithBreaker(nil), kratos.WithKey(nil),
		kratos.WithClassifier(nil), kratos.WithFallback(nil), kratos.WithObserver(nil), nil,
	}
	for _, m := range []middleware.Middleware{kratos.Client(opts...), kratos.Server(opts...), kratos.NewNodes(opts...).Client()} {
		reply, err := m(func(context.Context, any) (any, error) { return "reply", nil })(calling(t.Context(), opHello), nil)
		if reply != "reply" || err != nil {
			t.Errorf("%v, %v, must be reply", reply, err)
		}
	}
	kratos.StreamClientInterceptor(opts...)
	kratos.StreamServerInterceptor(opts...)
}

func TestRule13HealthChecksAreNeverRefused(t *testing.T) {
	oneForAll := func(context.Context, transport.Transporter) string { return "all" }
	open := group.New(func(key string) circuit.Breaker { return forced(t, brittle(key), circuit.ForceOpen) })
	opts := []kratos.Option{kratos.WithGroup(open), kratos.WithKey(oneForAll)}
	address := startGRPC(t, &greeter{hello: well}, serverWith(opts)...)
	conn := client{address: address, middleware: []middleware.Middleware{kratos.Client(opts...)}}.grpc(t, streamsWith(opts))

	health := grpc_health_v1.NewHealthClient(conn)
	if _, err := health.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{}); err != nil {
		t.Errorf("Check: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	watch, err := health.Watch(ctx, &grpc_health_v1.HealthCheckRequest{})
	if err == nil {
		_, err = watch.Recv()
	}
	if err != nil {
		t.Errorf("Watch: %v", err)
	}
	_, err = client{address: address}.dial(t, "grpc")(t.Context(), opHello, "x")
	native(t, err) // all else is
}

// A reply that comes after the deadline counted as a success, so that a server
// too slow for every caller never opened.
func TestRule4AnswerAfterTheDeadlineIsFailureOfTheServer(t *testing.T) {
	g := group.New(guard.DefaultBreaker)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	handler := kratos.Server(kratos.WithGroup(g))(func(ctx context.Context, _ any) (any, error) {
		<-ctx.Done()
		return "late", nil
	})
	if reply, err := handler(ctx, nil); reply != "late" || err != nil {
		t.Errorf("got %v, %v, want the handler's own answer", reply, err)
	}
	b, _ := circuit.As[circuit.Reporter](g.Get(kratos.NoTransport))
	if got := b.Snapshot().Total; got != (circuit.Counts{Failures: 1}) {
		t.Errorf("counts %+v, want one failure", got)
	}
}
