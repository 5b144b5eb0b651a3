package circuitgrpc_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// What a call can end in, beyond its outcome.
var (
	plainSuccess = circuit.Result{}
	plainFailure = circuit.Result{Outcome: failed}
	timeout      = circuit.Result{Outcome: failed, Kind: circuit.KindTimeout}
	interrupt    = circuit.Result{Outcome: ignored, Kind: circuit.KindInterrupt}
	badRequest   = circuit.Result{Outcome: ignored, Kind: circuit.KindBadRequest}
)

// ended waits for one result, compares it, and forgets it.
func (c *clerk) ended(t *testing.T, what string, want circuit.Result) {
	t.Helper()
	eventually(t, what+" settled", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.results) > 0
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.results) != 1 || c.results[0] != want {
		t.Errorf("%s: ended as %+v, want one %+v", what, c.results, want)
	}
	c.outcomes, c.results = nil, nil
}

func retryIn(d time.Duration) *errdetails.RetryInfo {
	return &errdetails.RetryInfo{RetryDelay: durationpb.New(d)}
}

// all is a service whose calls of every kind end in what err returns.
func all(err func(context.Context) error) *service {
	return &service{
		unary:    func(ctx context.Context, _ *pb.SimpleRequest) (*pb.SimpleResponse, error) { return nil, err(ctx) },
		download: func(_ *pb.StreamingOutputCallRequest, out downloadServer) error { return err(out.Context()) },
		upload:   func(in uploadServer) error { return err(in.Context()) },
		bidi:     func(both bidiServer) error { return err(both.Context()) },
	}
}

// Over real connections, for each kind of call and by the breakers of both sides.
func TestResultTellsWhatTheStatusSays(t *testing.T) {
	var answer error
	s := all(func(context.Context) error { return answer })
	atClient, atServer := &clerk{}, &clerk{}
	c := both(t, s, atClient.group(), atServer.group())
	advised := func(o circuit.Outcome, d time.Duration) circuit.Result {
		return circuit.Result{Outcome: o, RetryAfter: d}
	}
	for _, row := range []struct {
		name   string
		answer error
		want   circuit.Result
	}{
		{"unavailable, retry", detailed(codes.Unavailable, retryIn(90*time.Second)), advised(busy, 90*time.Second)},
		{"exhausted, retry", detailed(codes.ResourceExhausted, retryIn(time.Millisecond)), advised(busy, time.Millisecond)},
		{"internal, retry", detailed(codes.Internal, retryIn(time.Hour)), advised(failed, time.Hour)},
		{"retry among others", detailed(codes.Unavailable, &errdetails.LocalizedMessage{}, retryIn(1), retryIn(2)), advised(busy, 1)},
		{"retry, of no delay", detailed(codes.Unavailable, &errdetails.RetryInfo{}), advised(busy, 0)},
		{"retry, in the past", detailed(codes.Unavailable, retryIn(-time.Second)), advised(busy, 0)},
		{"retry, but served", detailed(codes.NotFound, retryIn(time.Second)), plainSuccess},
		{"deadline, retry", detailed(codes.DeadlineExceeded, retryIn(time.Second)),
			circuit.Result{Outcome: failed, Kind: circuit.KindTimeout, RetryAfter: time.Second}},
		{"unavailable", status.Error(codes.Unavailable, ""), plainFailure},
		{"exhausted", status.Error(codes.ResourceExhausted, ""), advised(busy, 0)},
		{"deadline", status.Error(codes.DeadlineExceeded, ""), timeout},
		{"cancelled", status.Error(codes.Canceled, ""), interrupt},
		{"cancelled, retry", detailed(codes.Canceled, retryIn(time.Second)), interrupt},
		{"bad request", status.Error(codes.InvalidArgument, ""), plainSuccess},
	} {
		answer = row.answer
		for _, kind := range attempts {
			if err := kind.call(t.Context(), c); status.Code(err) != status.Code(row.answer) {
				t.Fatalf("%s: the client got %v, want %v", kind.method, err, row.answer)
			}
			atClient.ended(t, row.name+", client of "+kind.method, row.want)
			atServer.ended(t, row.name+", server of "+kind.method, row.want)
		}
	}
}

// What a breaker further down knows is not the callee's advice.
func TestResultOfARefusalFurtherDown(t *testing.T) {
	atServer := &clerk{}
	s := all(func(context.Context) error {
		return circuit.NewRefusal("inner", func() (time.Duration, bool) { return time.Minute, true })
	})
	c := both(t, s, (&clerk{}).group(), atServer.group())
	for _, kind := range attempts {
		_ = kind.call(t.Context(), c)
		atServer.ended(t, kind.method, circuit.Result{Outcome: ignored})
	}
}

// A mistake of the caller's says nothing about the handler, even where it has a code that
// would. The client knows no more of it than the code.
func TestHandlersMayCallARequestBad(t *testing.T) {
	atClient, atServer := &clerk{}, &clerk{}
	s := all(func(context.Context) error {
		return circuit.BadRequest(status.Error(codes.InvalidArgument, "no such field"))
	})
	c := both(t, s, atClient.group(), atServer.group())
	for _, kind := range attempts {
		if err := kind.call(t.Context(), c); status.Code(err) != codes.InvalidArgument {
			t.Errorf("%s: the client got %v, want InvalidArgument", kind.method, err)
		}
		atServer.ended(t, "server of "+kind.method, badRequest)
		atClient.ended(t, "client of "+kind.method, plainSuccess)
	}
}

// On a busy machine a deadline may be over before the call is at the server, for which
// this test once waited for ever.
func TestResultTellsTimeoutsInterruptsAndBadMetadata(t *testing.T) {
	atClient := &clerk{}
	started := make(chan struct{})
	s := all(func(ctx context.Context) error {
		select {
		case started <- struct{}{}:
		case <-ctx.Done(): // nobody waits for the start of a call with a deadline
		}
		<-ctx.Done()
		return ctx.Err()
	})
	c := both(t, s, atClient.group(), counting())
	for _, kind := range attempts {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		_ = kind.call(ctx, c)
		cancel()
		atClient.ended(t, "deadline, client of "+kind.method, timeout)

		ctx, cancel = context.WithCancel(t.Context())
		go func() { <-started; cancel() }()
		_ = kind.call(ctx, c)
		atClient.ended(t, "cancelled, client of "+kind.method, interrupt)

		ctx = metadata.AppendToOutgoingContext(t.Context(), "user", "a\nb")
		_ = kind.call(ctx, c)
		atClient.ended(t, "bad metadata, client of "+kind.method, badRequest)
	}
}

// A handler that goes on after its deadline. A bad request is one, however late.
func TestResultOfAHandlerThatIsLate(t *testing.T) {
	b := &clerk{}
	unary := circuitgrpc.UnaryServerInterceptor(circuitgrpc.WithGroup(b.group()))
	stream := circuitgrpc.StreamServerInterceptor(circuitgrpc.WithGroup(b.group()))
	ctx, cancel := context.WithTimeout(t.Context(), -1)
	defer cancel()
	for _, row := range []struct {
		err  error
		want circuit.Result
	}{
		{nil, timeout}, {ctx.Err(), timeout}, {status.Error(codes.NotFound, ""), timeout}, {status.Error(codes.Internal, ""), timeout},
		{circuit.BadRequest(status.Error(codes.InvalidArgument, "")), badRequest},
	} {
		_, _ = unary(ctx, nil, &grpc.UnaryServerInfo{FullMethod: someMethod}, func(context.Context, any) (any, error) { return nil, row.err })
		b.ended(t, "unary, late", row.want)
		_ = stream(nil, bareStream{ctx: ctx}, &grpc.StreamServerInfo{FullMethod: someMethod}, func(any, grpc.ServerStream) error { return row.err })
		b.ended(t, "stream, late", row.want)
	}
}

// The open time is the server's, on both sides, for each kind of call.
func TestOpenTimeIsTheServersRetryInfo(t *testing.T) {
	client, server := hystrixGroup(patient), hystrixGroup(patient)
	s := all(func(context.Context) error { return detailed(codes.Unavailable, retryIn(time.Minute)) })
	c := both(t, s, client, server)
	for _, kind := range attempts {
		_ = kind.call(t.Context(), c)
		eventually(t, "both sides have judged", func() bool {
			return total(client, kind.method).Failures == 1 && total(server, kind.method).Failures == 1
		})
		if err := kind.call(t.Context(), c); !errors.Is(err, circuit.ErrNotAllowed) {
			t.Errorf("%s: the second call returned %v, want a refusal", kind.method, err)
		}
		for side, g := range map[string]circuit.Snapshot{"client": snapshot(client, kind.method), "server": snapshot(server, kind.method)} {
			if g.State != circuit.Open || g.RetryAfter > time.Minute || g.RetryAfter < time.Minute-patience {
				t.Errorf("%s: the %s's breaker is %v for %v, want open for 1m", kind.method, side, g.State, g.RetryAfter)
			}
		}
	}
}

// patient opens at the first failure, for as long as the callee asks.
var patient = hystrix.Config{ConsecutiveFailures: 1, SleepWindow: 5 * time.Minute, SleepJitter: -1, MaxRetryAfter: time.Hour}

// A server's breaker says how long it is open, and that of its client opens as long.
func TestClientsBreakerFollowsTheServers(t *testing.T) {
	client, server := hystrixGroup(patient), hystrixGroup(hystrix.Config{
		ConsecutiveFailures: 1, SleepWindow: 10 * time.Minute, SleepJitter: -1,
	})
	server.Get(unaryMethod).MarkFailed()
	_, _ = both(t, answers(), client, server).UnaryCall(t.Context(), asking(codes.OK))
	got, want := snapshot(client, unaryMethod).RetryAfter, snapshot(server, unaryMethod).RetryAfter
	if want == 0 || (got-want).Abs() > patience {
		t.Errorf("the client's breaker is open for %v, the server's for %v", got, want)
	}
}

func TestResultOf(t *testing.T) {
	ctx := t.Context()
	for _, c := range []struct {
		err  error
		o    circuit.Outcome
		want circuit.Result
	}{
		{nil, circuit.Success, plainSuccess},
		{nil, circuit.Failure, plainFailure},
		{errors.New("plain"), circuit.Failure, plainFailure},
		{context.DeadlineExceeded, circuit.Failure, timeout},
		{status.Error(codes.DeadlineExceeded, ""), circuit.Overload, circuit.Result{Outcome: busy}},
		{status.Error(codes.Canceled, ""), circuit.Failure, plainFailure},
	} {
		if got := circuitgrpc.ResultOf(ctx, c.err, c.o); got != c.want {
			t.Errorf("%v, judged %v: %+v, want %+v", c.err, c.o, got, c.want)
		}
	}
}

// A panic is no more than a failure.
func TestResultOfAPanic(t *testing.T) {
	b := &clerk{}
	intercept := circuitgrpc.UnaryServerInterceptor(circuitgrpc.WithGroup(b.group()))
	func() {
		defer func() { _ = recover() }()
		_, _ = intercept(t.Context(), nil, &grpc.UnaryServerInfo{FullMethod: someMethod}, func(context.Context, any) (any, error) { panic("boom") })
	}()
	b.ended(t, "panic", plainFailure)
}
