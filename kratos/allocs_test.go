package kratos_test

import (
	"context"
	"testing"

	"google.golang.org/grpc"

	"github.com/go-kratos/kratos/v2/transport"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/kratos"
)

// An admitted call costs no allocation on either side. A refused one costs two, which
// are its error: callers may change an *errors.Error, so that each has its own.
func TestAllocations(t *testing.T) {
	tr := &carrier{operation: opHello}
	client := transport.NewClientContext(context.Background(), tr)
	server := transport.NewServerContext(context.Background(), tr)
	always := func(context.Context, error) circuit.Outcome { return circuit.Success }
	for name, c := range map[string]struct {
		opts []kratos.Option
		want float64
	}{
		"default":    {nil, 0},
		"hystrix":    {[]kratos.Option{kratos.WithBreaker(classic)}, 0},
		"classifier": {[]kratos.Option{kratos.WithClassifier(always)}, 0},
		"refused":    {[]kratos.Option{kratos.WithBreaker(refusing)}, 2},
		"refused, observed": {[]kratos.Option{
			kratos.WithBreaker(refusing), kratos.WithRefusalObserver(func(context.Context, string, error) {}),
		}, 2},
	} {
		asks, serves := kratos.Client(c.opts...)(answers), kratos.Server(c.opts...)(answers)
		for side, call := range map[string]func(){
			"client":               func() { _, _ = asks(client, nil) },
			"client, no transport": func() { _, _ = asks(context.Background(), nil) },
			"server":               func() { _, _ = serves(server, nil) },
		} {
			if got := testing.AllocsPerRun(1000, call); got != c.want {
				t.Errorf("%s, %s: %v allocations, want %v", side, name, got, c.want)
			}
		}
	}
}

// silent is a stream that nobody sends on.
type silent struct{ grpc.ServerStream }

func (silent) Context() context.Context { return context.Background() }

// A server's stream costs no allocation when admitted, and its error when refused.
func TestStreamAllocations(t *testing.T) {
	handler := func(any, grpc.ServerStream) error { return nil }
	info := &grpc.StreamServerInfo{FullMethod: opChat}
	var stream grpc.ServerStream = silent{}
	for name, c := range map[string]struct {
		opts []kratos.Option
		want float64
	}{
		"admitted": {nil, 0},
		"refused":  {[]kratos.Option{kratos.WithBreaker(refusing)}, 2},
	} {
		intercept := kratos.StreamServerInterceptor(c.opts...)
		if got := testing.AllocsPerRun(1000, func() { _ = intercept(nil, stream, info, handler) }); got != c.want {
			t.Errorf("%s: %v allocations, want %v", name, got, c.want)
		}
	}
}
