package kratos_test

import (
	"context"
	stderrors "errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/go-kratos/kratos/v2/errors"
	"github.com/go-kratos/kratos/v2/middleware"
	"github.com/go-kratos/kratos/v2/selector"
	"github.com/go-kratos/kratos/v2/transport"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
	"github.com/go-fusebox/fusebox/kratos"
)

// Each gRPC code goes through a real server and client, and Kratos' conversion.
func TestRule5GRPCCodesEndToEnd(t *testing.T) {
	want := map[codes.Code]circuit.Outcome{
		codes.OK: circuit.Success, codes.Canceled: circuit.Ignored, codes.Unknown: circuit.Failure,
		codes.InvalidArgument: circuit.Success, codes.DeadlineExceeded: circuit.Failure,
		codes.NotFound: circuit.Success, codes.AlreadyExists: circuit.Success,
		codes.PermissionDenied: circuit.Success, codes.ResourceExhausted: circuit.Overload,
		codes.FailedPrecondition: circuit.Success, codes.Aborted: circuit.Success,
		codes.OutOfRange: circuit.Success, codes.Unimplemented: circuit.Success,
		codes.Internal: circuit.Failure, codes.Unavailable: circuit.Failure,
		codes.DataLoss: circuit.Failure, codes.Unauthenticated: circuit.Success,
	}
	address := start(t, "grpc", &greeter{hello: func(_ context.Context, code string) error {
		n, _ := strconv.Atoi(code)
		return status.Error(codes.Code(n), "so said")
	}})
	for code := codes.OK; code <= codes.Unauthenticated; code++ {
		g := group.New(guard.DefaultBreaker)
		hello := client{address: address, middleware: []middleware.Middleware{kratos.Client(kratos.WithGroup(g))}}.dial(t, "grpc")
		_, err := hello(t.Context(), opHello, strconv.Itoa(int(code)))
		if status.Code(err) != code {
			t.Fatalf("%v arrived as %v", code, err)
		}
		expect(t, code.String(), snapshot(t, g, opHello).Total, map[circuit.Outcome]circuit.Counts{
			circuit.Success: {Successes: 1}, circuit.Failure: {Failures: 1}, circuit.Overload: {Failures: 1, Overloads: 1}, circuit.Ignored: {Ignored: 1},
		}[want[code]])
		if o := circuit.OutcomeOfGRPC(uint32(code), false); o != want[code] {
			t.Errorf("%v is %v in the table of package circuit, %v here", code, o, want[code])
		}
	}
}

func TestRule5KratosErrorsFollowTheTableOfHTTP(t *testing.T) {
	for code := 100; code <= 599; code++ {
		err := errors.New(code, "REASON", "message")
		want := circuit.OutcomeOfHTTP(code, false)
		for _, e := range []error{err, fmt.Errorf("wrapped: %w", err)} {
			if o := kratos.DefaultClassifier(t.Context(), e); o != want {
				t.Errorf("%d is %v, must be %v", code, o, want)
			}
		}
	}
}

func TestClassifiers(t *testing.T) {
	gone, giveUp := context.WithCancel(context.Background())
	giveUp()
	late, cancel := context.WithTimeout(context.Background(), -time.Second)
	defer cancel()
	ctx := context.Background()
	const s, f, i, o = circuit.Success, circuit.Failure, circuit.Ignored, circuit.Overload
	for _, c := range []struct {
		what             string
		ctx              context.Context
		err              error
		ours, theirs, of circuit.Outcome // DefaultClassifier, KratosCodes, Codes(404)
	}{
		{"no error", ctx, nil, s, s, s},
		{"no error, caller gone", gone, nil, s, s, s},
		{"plain", ctx, stderrors.New("plain"), f, f, s},
		{"plain, caller gone", gone, stderrors.New("plain"), i, i, s},
		{"404", ctx, errors.NotFound("", ""), s, s, f},
		{"404, caller gone", gone, errors.NotFound("", ""), s, s, i},
		{"429", ctx, errors.New(429, "", ""), o, s, s},
		{"429, caller gone", gone, errors.New(429, "", ""), i, s, s},
		{"429, deadline passed", late, errors.New(429, "", ""), o, s, s},
		{"500", ctx, errors.New(500, "", ""), f, f, s},
		{"501", ctx, errors.New(501, "", ""), s, s, s},
		{"502", ctx, errors.New(502, "", ""), f, s, s},
		{"503", ctx, errors.New(503, "", ""), f, f, s},
		{"503, caller gone", gone, errors.New(503, "", ""), i, i, s},
		{"504", ctx, errors.New(504, "", ""), f, f, s},
		{"504, caller gone", gone, errors.New(504, "", ""), f, f, s},
		{"499", ctx, errors.New(499, "", ""), i, i, i},
		{"499, caller gone", gone, errors.New(499, "", ""), i, i, i},
		{"499, deadline passed", late, errors.New(499, "", ""), f, f, s},
		{"cancelled", ctx, context.Canceled, i, i, i},
		{"cancelled inside a 500", ctx, errors.New(500, "", "").WithCause(context.Canceled), i, i, i},
		{"deadline", ctx, context.DeadlineExceeded, f, f, f},
		{"cancelled, deadline passed", late, context.Canceled, f, f, f},
		{"another breaker's refusal", ctx, errors.New(503, kratos.Reason, "").WithCause(circuit.ErrNotAllowed), i, i, i},
		{"a server's refusal", ctx, errors.New(503, kratos.Reason, ""), f, f, s},
		{"a caller's mistake", ctx, circuit.BadRequest(errors.New(503, "", "")), i, i, i},
		{"a caller's mistake, as Kratos' error", ctx, errors.New(404, "", "").WithCause(circuit.BadRequest(stderrors.New("plain"))), i, i, i},
		{"a caller's mistake, deadline passed", late, circuit.BadRequest(stderrors.New("plain")), i, i, i},
	} {
		for name, judge := range map[string]struct {
			by   circuit.Classifier
			want circuit.Outcome
		}{
			"DefaultClassifier": {kratos.DefaultClassifier, c.ours},
			"KratosCodes":       {kratos.KratosCodes, c.theirs},
			"Codes(404)":        {kratos.Codes(404), c.of},
		} {
			if o := judge.by(c.ctx, c.err); o != judge.want {
				t.Errorf("%s by %s is %v, must be %v", c.what, name, o, judge.want)
			}
		}
	}
}

// The same error is the client's own, of which the backend knows nothing, or the
// backend's, which failed since a selector of its own found no node.
func TestSelectorErrors(t *testing.T) {
	at := func(kind transport.Kind, endpoint string, node selector.Node) context.Context {
		ctx := transport.NewClientContext(context.Background(), carrier{kind: kind, endpoint: endpoint})
		return selector.NewPeerContext(ctx, &selector.Peer{Node: node})
	}
	node := selector.NewNode("http", "127.0.0.1:1", nil)
	const f, i = circuit.Failure, circuit.Ignored
	for _, c := range []struct {
		what string
		ctx  context.Context
		want circuit.Outcome
	}{
		{"HTTP, no node picked", at(transport.KindHTTP, "discovery:///greeter", nil), i},
		{"HTTP, node picked", at(transport.KindHTTP, "discovery:///greeter", node), f},
		{"HTTP, without discovery", at(transport.KindHTTP, "127.0.0.1:1", nil), f},
		{"gRPC, no node picked", at(transport.KindGRPC, "discovery:///greeter", nil), i},
		{"gRPC, node picked", at(transport.KindGRPC, "discovery:///greeter", node), f},
		{"a server's handler", context.Background(), f},
	} {
		for _, err := range []error{
			errors.ServiceUnavailable("NODE_NOT_FOUND", ""), selector.ErrNoAvailable, selector.ErrNoAvailable.GRPCStatus().Err(),
		} {
			if o := kratos.DefaultClassifier(c.ctx, err); o != c.want {
				t.Errorf("%s: %v is %v, must be %v", c.what, err, o, c.want)
			}
		}
	}
}

// Only the default classifier is spared the calls that have no error.
func TestClassifierIsAskedAboutCallsWithoutError(t *testing.T) {
	g := group.New(classic)
	opts := []kratos.Option{
		kratos.WithGroup(g),
		kratos.WithClassifier(func(context.Context, error) circuit.Outcome { return circuit.Ignored }),
	}
	ctx := calling(t.Context(), opHello)
	_, _ = kratos.Client(opts...)(answers)(ctx, nil)
	_, _ = kratos.Server(opts...)(answers)(transport.NewServerContext(ctx, carrier{operation: opHello}), nil)
	if got, want := snapshot(t, g, opHello).Total, (circuit.Counts{Ignored: 2}); got != want {
		t.Errorf("counted %+v, want %+v", got, want)
	}
}
