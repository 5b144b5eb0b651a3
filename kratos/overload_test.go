package kratos_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/go-kratos/kratos/v2/errors"
	"github.com/go-kratos/kratos/v2/middleware"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/kratos"
)

// clerk admits every call and writes down how it ended, which the counts of an
// engine tell less exactly.
type clerk struct {
	circuit.Disabled
	mu       sync.Mutex
	outcomes []circuit.Outcome
	results  []circuit.Result
}

func (c *clerk) Acquire() (circuit.Permit, error) { return circuit.NewPermit(c, 0), nil }

func (c *clerk) Settle(token uint64, o circuit.Outcome) {
	c.SettleResult(token, circuit.Result{Outcome: o})
}

func (c *clerk) SettleResult(_ uint64, r circuit.Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.outcomes, c.results = append(c.outcomes, r.Outcome), append(c.results, r)
}

func (c *clerk) option() kratos.Option {
	return kratos.WithBreaker(func(string) circuit.Breaker { return c })
}

// wants waits for as many outcomes, and compares them.
func (c *clerk) wants(t *testing.T, what string, want ...circuit.Outcome) {
	t.Helper()
	eventually(t, what+" settled", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.outcomes) >= len(want)
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Equal(c.outcomes, want) {
		t.Errorf("%s: settled as %v, want %v", what, c.outcomes, want)
	}
}

// errLimited is what Kratos' ratelimit middleware answers.
var errLimited = errors.New(429, "RATELIMIT", "service unavailable due to rate limit exceeded")

// errLater is a status that has a RetryInfo, as the refusal of a gRPC server has it.
var errLater = circuitgrpc.StatusOf(circuit.NewRefusal("backend", func() (time.Duration, bool) { return time.Minute, true })).Err()

// What the callee only may mean must not count as what it says: engines slow
// their callers down for an overload at once, and for failures by a threshold.
func TestRule5OverloadIsWhatTheCalleeSaysIsOne(t *testing.T) {
	const f, o = circuit.Failure, circuit.Overload
	for _, c := range []struct {
		what       string
		answer     error
		http, grpc circuit.Outcome // of the client
		server     circuit.Outcome
	}{
		{"limited", errLimited, o, o, o},
		{"exhausted", status.Error(codes.ResourceExhausted, "full"), o, o, o},
		{"a message beyond gRPC's limit, further down", status.Error(codes.ResourceExhausted, "grpc: received message larger than max (5 vs. 4)"), o, f, f},
		{"503", errors.ServiceUnavailable("BUSY", ""), f, f, f},
		{"a refusal of Kratos' own middleware", errors.ServiceUnavailable(kratos.Reason, ""), f, f, f},
		{"unavailable", status.Error(codes.Unavailable, ""), f, f, f},
		{"unavailable, with RetryInfo", errLater, f, o, o}, // Kratos' HTTP knows no details
		{"504", errors.GatewayTimeout("SLOW", ""), f, f, f},
		{"500", errors.InternalServer("BROKEN", ""), f, f, f},
	} {
		for over, want := range map[string]circuit.Outcome{"http": c.http, "grpc": c.grpc} {
			atServer, atClient := &clerk{}, &clerk{}
			address := start(t, over, &greeter{hello: func(context.Context, string) error { return c.answer }}, kratos.Server(atServer.option()))
			hello := client{address: address, middleware: []middleware.Middleware{kratos.Client(atClient.option())}}.dial(t, over)
			if _, err := hello(t.Context(), opHello, "x"); errors.Code(err) != errors.Code(c.answer) {
				t.Errorf("%s arrived as %v", c.what, err)
			}
			atClient.wants(t, c.what+", client over "+over, want)
			atServer.wants(t, c.what+", server over "+over, c.server)
		}
	}
}

func TestRule5OverloadOfStreams(t *testing.T) {
	for what, c := range map[string]struct {
		answer error
		want   circuit.Outcome
	}{
		"limited":                     {errLimited, circuit.Overload},
		"unavailable, with RetryInfo": {errLater, circuit.Overload},
		"unavailable":                 {status.Error(codes.Unavailable, ""), circuit.Failure},
	} {
		atServer, atClient := &clerk{}, &clerk{}
		address := startGRPC(t, &greeter{chat: func(grpc.ServerStream) error { return c.answer }},
			serverWith([]kratos.Option{atServer.option()})...)
		conn := client{address: address}.grpc(t, streamsWith([]kratos.Option{atClient.option()}))
		if err := chat(t.Context(), conn, func() error { return nil }); errors.Code(err) != errors.Code(c.answer) {
			t.Errorf("%s arrived as %v", what, err)
		}
		atClient.wants(t, what+", client", c.want)
		atServer.wants(t, what+", server", c.want)
	}
}

func TestFallbackAnswersForAnOverload(t *testing.T) {
	handler := kratos.Server(kratos.WithFallback(func(_ context.Context, _ any, err error) (any, error) {
		return errors.Reason(err), nil
	}))(func(context.Context, any) (any, error) { return nil, errLimited })
	if reply, err := handler(t.Context(), nil); reply != "RATELIMIT" || err != nil {
		t.Errorf("got %v, %v, want the fallback's reply", reply, err)
	}
}
