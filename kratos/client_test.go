package kratos_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/go-kratos/kratos/v2/middleware"
	"github.com/go-kratos/kratos/v2/registry"
	"github.com/go-kratos/kratos/v2/selector"
	kgrpc "github.com/go-kratos/kratos/v2/transport/grpc"
	khttp "github.com/go-kratos/kratos/v2/transport/http"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

var transports = []string{"http", "grpc"}

// client is how to reach a greeter.
type client struct {
	address    string // or "discovery:///greeter"
	discovery  registry.Discovery
	timeout    time.Duration
	middleware []middleware.Middleware
	filters    []selector.NodeFilter
}

// call is one call of a greeter, over either transport.
type call func(ctx context.Context, operation, name string) (string, error)

func (c client) dial(t *testing.T, over string) call {
	t.Helper()
	if over == "http" {
		return c.http(t)
	}
	conn := c.grpc(t)
	return func(ctx context.Context, operation, name string) (string, error) {
		reply := &wrapperspb.StringValue{}
		err := conn.Invoke(ctx, operation, wrapperspb.String(name), reply)
		return reply.Value, err
	}
}

func (c client) http(t *testing.T) call {
	t.Helper()
	roundTripper := &http.Transport{}
	t.Cleanup(roundTripper.CloseIdleConnections)
	opts := []khttp.ClientOption{
		khttp.WithEndpoint(c.address), khttp.WithTransport(roundTripper), khttp.WithTimeout(c.timeout),
		khttp.WithMiddleware(c.middleware...), khttp.WithNodeFilter(c.filters...),
	}
	if c.discovery != nil {
		opts = append(opts, khttp.WithDiscovery(c.discovery), khttp.WithBlock())
	}
	client, err := khttp.NewClient(context.Background(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	paths := map[string]string{opHello: "/hello/", opOther: "/other/"}
	return func(ctx context.Context, operation, name string) (string, error) {
		var reply greeting
		err := client.Invoke(ctx, http.MethodGet, paths[operation]+url.PathEscape(name), nil, &reply, khttp.Operation(operation))
		return reply.Message, err
	}
}

func (c client) grpc(t *testing.T, more ...kgrpc.ClientOption) *grpc.ClientConn {
	t.Helper()
	opts := append([]kgrpc.ClientOption{
		kgrpc.WithEndpoint(c.address), kgrpc.WithTimeout(c.timeout),
		kgrpc.WithMiddleware(c.middleware...), kgrpc.WithNodeFilter(c.filters...),
	}, more...)
	if c.discovery != nil {
		opts = append(opts, kgrpc.WithDiscovery(c.discovery))
	}
	conn, err := kgrpc.DialInsecure(context.Background(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// brittle makes breakers that open at the third failure in a row, for a minute.
func brittle(string) circuit.Breaker { return brittleAfter(3) }

func brittleAfter(failures int) circuit.Breaker {
	b, err := hystrix.New(hystrix.Config{
		ErrorPercentThreshold: -1, ConsecutiveFailures: failures, SleepWindow: time.Minute, SleepJitter: -1,
	})
	if err != nil {
		panic(err)
	}
	return b
}

// snapshot is that of key's breaker in g.
func snapshot(t *testing.T, g *group.Group, key string) circuit.Snapshot {
	t.Helper()
	for k, b := range g.All() {
		if k == key {
			return b.(circuit.Reporter).Snapshot()
		}
	}
	return circuit.Snapshot{}
}

// eventually waits for what happens at the other end of a socket.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after 10 s, still not: %s", what)
		}
	}
}

// expect compares the counts of all calls that a breaker saw.
func expect(t *testing.T, what string, got, want circuit.Counts) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %+v, want %+v", what, got, want)
	}
}
