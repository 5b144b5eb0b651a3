package kratos_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kratos/kratos/v2/errors"
	"github.com/go-kratos/kratos/v2/middleware"
	"github.com/go-kratos/kratos/v2/middleware/recovery"
	"github.com/go-kratos/kratos/v2/transport"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/kratos"
)

// carrier is the transport of calls that use no socket.
type carrier struct {
	transport.Transporter
	kind                transport.Kind
	endpoint, operation string
}

func (c carrier) Kind() transport.Kind { return c.kind }
func (c carrier) Endpoint() string     { return c.endpoint }
func (c carrier) Operation() string    { return c.operation }

func (carrier) ReplyHeader() transport.Header { return nil }

// calling is the context of a call by a client.
func calling(ctx context.Context, operation string) context.Context {
	return transport.NewClientContext(ctx, carrier{kind: transport.KindGRPC, endpoint: "direct:///a", operation: operation})
}

func TestRule2PanicIsFailureAndUnwinds(t *testing.T) {
	g := group.New(brittle)
	handler := kratos.Client(kratos.WithGroup(g))(func(context.Context, any) (any, error) { panic("boom") })
	for range 3 {
		func() {
			defer func() {
				if r := recover(); r != "boom" {
					t.Errorf("recovered %v, must be the handler's boom", r)
				}
			}()
			_, _ = handler(calling(t.Context(), opHello), nil)
		}()
	}
	expect(t, "after three panics", snapshot(t, g, opHello).Total, circuit.Counts{Failures: 3})
	_, err := handler(calling(t.Context(), opHello), nil)
	refusedHere(t, err)
}

func TestRule2GoexitIsFailure(t *testing.T) {
	g := group.New(brittle)
	handler := kratos.Client(kratos.WithGroup(g))(func(context.Context, any) (any, error) {
		runtime.Goexit()
		return nil, nil
	})
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = handler(calling(t.Context(), opHello), nil) })
	wg.Wait()
	expect(t, "after a Goexit", snapshot(t, g, opHello).Total, circuit.Counts{Failures: 1})
}

func TestRule2PanicInClassifierIsFailure(t *testing.T) {
	g := group.New(brittle)
	handler := kratos.Client(kratos.WithGroup(g), kratos.WithClassifier(func(context.Context, error) circuit.Outcome {
		panic("boom")
	}))(func(context.Context, any) (any, error) { return "reply", nil })
	func() {
		defer func() { _ = recover() }()
		_, _ = handler(calling(t.Context(), opHello), nil)
	}()
	expect(t, "after the panic", snapshot(t, g, opHello).Total, circuit.Counts{Failures: 1})
}

// A probe whose handler never returns must not keep the breaker half-open.
func TestRule2LostProbeExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lose := make(chan struct{})
		mode := "fail"
		handler := kratos.Client(kratos.WithBreaker(func(string) circuit.Breaker {
			b, err := hystrix.New(hystrix.Config{
				ConsecutiveFailures: 1, SleepWindow: time.Second, SleepJitter: -1, ProbeLifetime: 10 * time.Second,
			})
			if err != nil {
				t.Fatal(err)
			}
			return b
		}))(func(context.Context, any) (any, error) {
			switch mode {
			case "fail":
				return nil, errBroken
			case "lose":
				<-lose
			}
			return "reply", nil
		})
		hello := func() error {
			_, err := handler(calling(t.Context(), opHello), nil)
			return err
		}
		_ = hello()
		time.Sleep(time.Second)
		mode = "lose"
		go func() { _ = hello() }()
		synctest.Wait()
		mode = "serve"
		time.Sleep(10*time.Second - time.Nanosecond)
		if err := hello(); !errors.Is(err, circuit.ErrNotAllowed) {
			t.Errorf("within the lost probe's lifetime: %v, must be refused", err)
		}
		time.Sleep(time.Nanosecond)
		if err := hello(); err != nil {
			t.Errorf("after its lifetime: %v, must be admitted", err)
		}
		close(lose)
	})
}

// With recovery outside of the breaker, as Kratos' own templates have it.
func TestServerCountsPanicsUnderRecovery(t *testing.T) {
	for _, over := range transports {
		t.Run(over, func(t *testing.T) {
			g := group.New(guard.DefaultBreaker)
			address := start(t, over, &greeter{hello: func(context.Context, string) error { panic("boom") }},
				recovery.Recovery(recovery.WithHandler(func(context.Context, any, any) error { return errBroken })),
				kratos.Server(kratos.WithGroup(g)))
			_, err := client{address: address, middleware: []middleware.Middleware{recovery.Recovery()}}.
				dial(t, over)(t.Context(), opHello, "x")
			if errors.Reason(err) != "BROKEN" {
				t.Errorf("%v, must be what recovery makes of the panic", err)
			}
			expect(t, "server", snapshot(t, g, opHello).Total, circuit.Counts{Failures: 1})
		})
	}
}
