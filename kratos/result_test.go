package kratos_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/go-kratos/kratos/v2/errors"
	"github.com/go-kratos/kratos/v2/middleware"
	"github.com/go-kratos/kratos/v2/selector"
	"github.com/go-kratos/kratos/v2/transport"
	kgrpc "github.com/go-kratos/kratos/v2/transport/grpc"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/kratos"
)

// ended waits for one result, and compares it. Of RetryAfter, part of the first second
// may be gone.
func (c *clerk) ended(t *testing.T, what string, want circuit.Result) {
	t.Helper()
	c.wants(t, what, want.Outcome)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.results) != 1 {
		return // wants has said so
	}
	got := c.results[0]
	if lost := want.RetryAfter - got.RetryAfter; lost > 0 && lost < time.Second && got.RetryAfter > 0 {
		got.RetryAfter = want.RetryAfter
	}
	if got != want {
		t.Errorf("%s: ended as %+v, want %+v", what, got, want)
	}
}

// saying is a handler that sets the header, if it isn't empty, and returns err.
func saying(retryAfter string, err error) func(context.Context, string) error {
	return func(ctx context.Context, _ string) error {
		if tr, ok := transport.FromServerContext(ctx); ok && retryAfter != "" {
			tr.ReplyHeader().Set("Retry-After", retryAfter)
		}
		return err
	}
}

var (
	plainSuccess = circuit.Result{}
	plainFailure = circuit.Result{Outcome: circuit.Failure}
	overloaded   = circuit.Result{Outcome: circuit.Overload, RetryAfter: time.Minute}
	limited      = circuit.Result{Outcome: circuit.Overload}
	timeout      = circuit.Result{Outcome: circuit.Failure, Kind: circuit.KindTimeout}
	interrupt    = circuit.Result{Outcome: circuit.Ignored, Kind: circuit.KindInterrupt}
	badRequest   = circuit.Result{Outcome: circuit.Ignored, Kind: circuit.KindBadRequest}
)

// What of a server's word gets through Kratos: over HTTP the header, over gRPC the
// details of a status, and not the other way round.
func TestResultTellsWhatSurvivesKratos(t *testing.T) {
	busy, date := errors.ServiceUnavailable("BUSY", ""), time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)
	for what, c := range map[string]struct {
		retryAfter           string
		err                  error
		http, grpc           circuit.Result // of the client
		httpServer, rpServer circuit.Result
	}{
		"503 and seconds":    {"60", busy, overloaded, plainFailure, overloaded, plainFailure},
		"503 and a date":     {date, busy, overloaded, plainFailure, overloaded, plainFailure},
		"503 and no time":    {"soon", busy, plainFailure, plainFailure, plainFailure, plainFailure},
		"503":                {"", busy, plainFailure, plainFailure, plainFailure, plainFailure},
		"429 and seconds":    {"60", errLimited, overloaded, limited, overloaded, limited},
		"404 and seconds":    {"60", errors.NotFound("", ""), plainSuccess, plainSuccess, plainSuccess, plainSuccess},
		"a status' details":  {"", errLater, plainFailure, overloaded, overloaded, overloaded},
		"504":                {"", errors.GatewayTimeout("", ""), timeout, timeout, timeout, timeout},
		"deadline by status": {"", status.Error(codes.DeadlineExceeded, ""), timeout, timeout, timeout, timeout},
		"499":                {"", errors.ClientClosed("", ""), interrupt, interrupt, interrupt, interrupt},
		"a caller's mistake": {"", circuit.BadRequest(errors.BadRequest("", "")), plainSuccess, plainSuccess, badRequest, badRequest},
		"500 and seconds": {"60", errBroken, circuit.Result{Outcome: circuit.Failure, RetryAfter: time.Minute}, plainFailure,
			circuit.Result{Outcome: circuit.Failure, RetryAfter: time.Minute}, plainFailure},
	} {
		for over, want := range map[string][2]circuit.Result{"http": {c.http, c.httpServer}, "grpc": {c.grpc, c.rpServer}} {
			atServer, atClient := &clerk{}, &clerk{}
			address := start(t, over, &greeter{hello: saying(c.retryAfter, c.err)}, kratos.Server(atServer.option()))
			hello := client{address: address, middleware: []middleware.Middleware{kratos.Client(atClient.option())}}.dial(t, over)
			if _, err := hello(t.Context(), opHello, "x"); errors.Code(err) != errors.Code(c.err) {
				t.Errorf("%s arrived as %v", what, err)
			}
			atClient.ended(t, what+", client over "+over, want[0])
			atServer.ended(t, what+", server over "+over, want[1])
		}
	}
}

func TestResultOfStreams(t *testing.T) {
	for what, c := range map[string]struct {
		err            error
		client, server circuit.Result
	}{
		"a status' details":  {errLater, overloaded, overloaded},
		"504":                {errors.GatewayTimeout("", ""), timeout, timeout},
		"499":                {errors.ClientClosed("", ""), interrupt, interrupt},
		"a caller's mistake": {circuit.BadRequest(errors.BadRequest("", "")), plainSuccess, badRequest},
	} {
		atServer, atClient := &clerk{}, &clerk{}
		address := startGRPC(t, &greeter{chat: func(grpc.ServerStream) error { return c.err }},
			serverWith([]kratos.Option{atServer.option()})...)
		conn := client{address: address}.grpc(t, streamsWith([]kratos.Option{atClient.option()}))
		_ = chat(t.Context(), conn, func() error { return nil })
		atClient.ended(t, what+", client", c.client)
		atServer.ended(t, what+", server", c.server)
	}
}

// On a busy machine a deadline may be over before the call is at the server, and this test
// once waited for ever for the next call.
func TestResultTellsTimeoutsAndInterrupts(t *testing.T) {
	for _, over := range transports {
		started := make(chan struct{})
		address := start(t, over, &greeter{hello: func(ctx context.Context, _ string) error {
			select {
			case started <- struct{}{}:
			case <-ctx.Done(): // nobody waits for the start of a call with a deadline
			}
			<-ctx.Done()
			return ctx.Err()
		}})
		for what, want := range map[string]circuit.Result{"deadline": timeout, "cancelled": interrupt} {
			b := &clerk{}
			hello := client{address: address, middleware: []middleware.Middleware{kratos.Client(b.option())}}.dial(t, over)
			ctx, cancel := context.WithCancel(t.Context())
			if what == "deadline" {
				ctx, cancel = context.WithTimeout(t.Context(), 100*time.Millisecond)
			} else {
				go func() { <-started; cancel() }()
			}
			if _, err := hello(ctx, opHello, "x"); err == nil {
				t.Errorf("%s over %s: no error", what, over)
			}
			cancel()
			b.ended(t, what+" over "+over, want)
		}
	}
}

// patient makes breakers that open at the first failure, for as long as the callee asks.
func patient(string) circuit.Breaker {
	b, err := hystrix.New(hystrix.Config{
		ConsecutiveFailures: 1, SleepWindow: 5 * time.Minute, SleepJitter: -1, MaxRetryAfter: time.Hour,
	})
	if err != nil {
		panic(err)
	}
	return b
}

// Of the operation's breaker and of the node's, at the client and at the server.
func TestOpenTimeIsTheServersRetryAfter(t *testing.T) {
	answers := map[string]func(context.Context, string) error{
		"http": saying("60", errors.ServiceUnavailable("BUSY", "")), "grpc": saying("", errLater),
	}
	for _, over := range transports {
		atClient, atServer, perNode := group.New(patient), group.New(patient), group.New(patient)
		address := start(t, over, &greeter{hello: answers[over]}, kratos.Server(kratos.WithGroup(atServer)))
		nodes := kratos.NewNodes(kratos.WithGroup(perNode))
		hello := client{
			address: "discovery:///greeter", discovery: register(over, address),
			middleware: []middleware.Middleware{kratos.Client(kratos.WithGroup(atClient)), nodes.Client()},
			filters:    []selector.NodeFilter{nodes.Filter()},
		}.dial(t, over)
		_, _ = hello(t.Context(), opHello, "x")
		_, err := hello(t.Context(), opHello, "x")
		refusedHere(t, err) // for up to a minute
		for what, s := range map[string]circuit.Snapshot{
			"client": snapshot(t, atClient, opHello), "server": snapshot(t, atServer, opHello), "node": snapshot(t, perNode, address),
		} {
			if s.State != circuit.Open || s.RetryAfter > time.Minute || s.RetryAfter < 50*time.Second {
				t.Errorf("%s over %s: %v for %v, want open for 1m", what, over, s.State, s.RetryAfter)
			}
		}
	}
}

// A node's streams end in what the status says, with the interceptor of nodes, which is
// told of the end by gRPC, and without, told by the balancer.
func TestResultOfANodesStreams(t *testing.T) {
	address := startGRPC(t, &greeter{chat: func(grpc.ServerStream) error { return errLater }})
	for _, with := range []bool{true, false} {
		b := &clerk{}
		nodes := kratos.NewNodes(b.option())
		var more []kgrpc.ClientOption
		if with {
			more = append(more, kgrpc.WithStreamInterceptor(nodes.StreamClientInterceptor()))
		}
		conn := client{
			address: "discovery:///greeter", discovery: register("grpc", address), timeout: time.Minute,
			filters: []selector.NodeFilter{nodes.Filter()},
		}.grpc(t, more...)
		_ = chat(t.Context(), conn, nil)
		b.ended(t, fmt.Sprintf("with the interceptor: %v", with), overloaded)
	}
}

// A transport of one's own may have no header.
func TestRetryAfterWithoutAHeader(t *testing.T) {
	b := &clerk{}
	handler := kratos.Client(b.option())(func(context.Context, any) (any, error) { return nil, errors.ServiceUnavailable("", "") })
	_, _ = handler(transport.NewClientContext(t.Context(), carrier{kind: transport.KindHTTP, operation: opHello}), nil)
	b.ended(t, "no header", plainFailure)
}
