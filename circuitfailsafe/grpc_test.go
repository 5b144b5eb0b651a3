package circuitfailsafe_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/failsafegrpc"
	"github.com/failsafe-go/failsafe-go/fallback"
	"github.com/failsafe-go/failsafe-go/hedgepolicy"
	"github.com/failsafe-go/failsafe-go/timeout"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

func TestStatusesAreJudgedByTheTable(t *testing.T) {
	for code, want := range map[codes.Code]circuit.Result{
		codes.OK:                {},
		codes.Canceled:          {Outcome: circuit.Ignored, Kind: circuit.KindInterrupt},
		codes.Unknown:           {Outcome: circuit.Failure},
		codes.InvalidArgument:   {},
		codes.DeadlineExceeded:  {Outcome: circuit.Failure, Kind: circuit.KindTimeout},
		codes.NotFound:          {},
		codes.PermissionDenied:  {},
		codes.ResourceExhausted: {Outcome: circuit.Overload},
		codes.Unimplemented:     {},
		codes.Internal:          {Outcome: circuit.Failure},
		codes.Unavailable:       {Outcome: circuit.Failure},
		codes.DataLoss:          {Outcome: circuit.Failure},
	} {
		t.Run(code.String(), func(t *testing.T) {
			l := &ledger{}
			client := dial(t, serve(t, &service{unary: func(context.Context) error { return status.Error(code, "as asked") }}), through(forGRPC(l)))
			if _, err := client.UnaryCall(t.Context(), &pb.SimpleRequest{}); status.Code(err) != code {
				t.Errorf("%v, want code %v", err, code)
			}
			got := l.settled(t, 1)
			if got.Duration = 0; got != want {
				t.Errorf("judged %+v, want %+v", got, want)
			}
		})
	}
}

func TestRetryInfo(t *testing.T) {
	busy, err := status.New(codes.Unavailable, "busy").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(7 * time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	l := &ledger{}
	client := dial(t, serve(t, &service{unary: func(context.Context) error { return busy.Err() }}), through(forGRPC(l)))
	_, _ = client.UnaryCall(t.Context(), &pb.SimpleRequest{})
	got := l.settled(t, 1)
	if got.Duration = 0; got != (circuit.Result{Outcome: circuit.Overload, RetryAfter: 7 * time.Second}) {
		t.Errorf("judged %+v, want an overload for 7s", got)
	}
}

// Without WithRefusal the refusal is the breaker's error, whose code is Unknown to those
// who ask gRPC; with it, it is what circuitgrpc's interceptors return.
func TestRefusalThroughGRPC(t *testing.T) {
	for _, tt := range []struct {
		name string
		opts []circuitfailsafe.Option[reply]
		code codes.Code
	}{
		{"the breaker's own", nil, codes.Unknown},
		{"gRPC's", []circuitfailsafe.Option[reply]{asRefusal()}, codes.Unavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &service{unary: func(context.Context) error { return status.Error(codes.Internal, "no database") }}
			client := dial(t, serve(t, s), byMethod, through(forGRPC(newHystrix(t, fragile), tt.opts...)))
			if _, err := client.UnaryCall(t.Context(), &pb.SimpleRequest{}); status.Code(err) != codes.Internal {
				t.Fatalf("%v, want the server's Internal", err)
			}
			_, err := client.UnaryCall(t.Context(), &pb.SimpleRequest{})
			if !errors.Is(err, circuit.ErrNotAllowed) || status.Code(err) != tt.code {
				t.Errorf("%v, want a refusal of code %v", err, tt.code)
			}
			if after, ok := circuit.RetryAfter(err); !ok || after > time.Hour || after < time.Hour-patience {
				t.Errorf("to come back after %v, %v; want the rest of an hour", after, ok)
			}
			if n := s.calls.Load(); n != 1 {
				t.Errorf("%d calls reached the server, want 1", n)
			}
		})
	}
}

// A refusal that is Unavailable to gRPC is retried by failsafe's policy for gRPC, unless it
// aborts.
func TestRetryOfUnavailable(t *testing.T) {
	for _, tt := range []struct {
		name    string
		abort   bool
		opts    []circuitfailsafe.Option[reply]
		outside bool
		reached int64
		refused uint64
	}{
		// The fifth failure opens: that is the second attempt of the second call.
		{"outside, aborts", true, []circuitfailsafe.Option[reply]{asRefusal()}, true, 5, 9},
		{"outside, doesn't abort", false, []circuitfailsafe.Option[reply]{asRefusal()}, true, 5, 25},
		{"outside, doesn't abort, the breaker's own refusals", false, nil, true, 5, 9},
		{"inside", false, []circuitfailsafe.Option[reply]{asRefusal()}, false, 15, 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &service{unary: func(context.Context) error { return status.Error(codes.Unavailable, "down") }}
			b := newHystrix(t, inARow(5))
			builder := failsafegrpc.NewRetryPolicyBuilder[reply]()
			if tt.abort {
				builder.AbortOnErrors(circuit.ErrNotAllowed)
			}
			composition := []failsafe.Policy[reply]{forGRPC(b, tt.opts...), builder.Build()}
			if tt.outside {
				composition[0], composition[1] = composition[1], composition[0]
			}
			client := dial(t, serve(t, s), byMethod, through(composition...))
			for n := range 10 {
				_, err := client.UnaryCall(t.Context(), &pb.SimpleRequest{})
				if refused := errors.Is(err, circuit.ErrNotAllowed); err == nil || n == 9 && !refused {
					t.Errorf("call %d: %v", n, err)
				}
			}
			if n, total := s.calls.Load(), b.Snapshot().Total; n != tt.reached || total.Failures != 5 || total.Refused != tt.refused {
				t.Errorf("%d calls reached the server, %+v; want %d, 5 failures, %d refused", n, total, tt.reached, tt.refused)
			}
		})
	}
}

func TestEndsOfAGRPCCall(t *testing.T) {
	short := 20 * time.Millisecond
	for _, tt := range []struct {
		name   string
		around failsafe.Policy[reply]
		inside failsafe.Policy[reply]
		caller func(context.Context) (context.Context, context.CancelFunc)
		want   circuit.Result
	}{
		{name: "timeout outside", around: timeout.New[reply](short), want: timedOutIn(0)},
		{name: "timeout inside", inside: timeout.New[reply](short), want: timedOutIn(0)},
		{name: "the caller's deadline", caller: deadline(short), want: timedOutIn(0)},
		{name: "the caller gives up", caller: givingUp(short), want: interruptedIn(0)},
		{name: "the caller gives up within a timeout", caller: givingUp(short), around: timeout.New[reply](time.Minute), want: interruptedIn(0)},
		{name: "the caller's deadline around a timeout", caller: deadline(short), inside: timeout.New[reply](time.Minute), want: timedOutIn(0)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &service{unary: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}
			l := &ledger{}
			composition := []failsafe.Policy[reply]{forGRPC(l)}
			if tt.around != nil {
				composition = append([]failsafe.Policy[reply]{tt.around}, composition...)
			}
			if tt.inside != nil {
				composition = append(composition, tt.inside)
			}
			ctx, cancel := t.Context(), context.CancelFunc(func() {})
			if tt.caller != nil {
				ctx, cancel = tt.caller(ctx)
			}
			defer cancel()
			if _, err := dial(t, serve(t, s), through(composition...)).UnaryCall(ctx, &pb.SimpleRequest{}); err == nil {
				t.Error("no error")
			}
			got := l.settled(t, 1)
			if got.Duration = 0; got != tt.want {
				t.Errorf("judged %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestHedgeOverGRPC(t *testing.T) {
	gone := make(chan struct{})
	var first atomic.Bool
	s := &service{unary: func(ctx context.Context) error {
		if first.CompareAndSwap(false, true) {
			<-ctx.Done()
			close(gone)
			return ctx.Err()
		}
		return nil
	}}
	l := &ledger{}
	// Hedges of one call share its reply, so the loser must not write into it: it never
	// gets an answer here.
	client := dial(t, serve(t, s), through(hedgepolicy.NewWithDelay[reply](50*time.Millisecond), forGRPC(l)))
	if r, err := client.UnaryCall(t.Context(), &pb.SimpleRequest{}); err != nil || r.GetUsername() != "server" {
		t.Errorf("%v, %v; want the server's reply", r, err)
	}
	<-gone
	l.wantHedged(t)
}

// One policy has a breaker for each method.
func TestBreakerByMethod(t *testing.T) {
	s := &service{unary: func(context.Context) error { return status.Error(codes.Internal, "no database") }}
	g := group.New(func(string) circuit.Breaker { return newHystrix(t, fragile) })
	p := forGRPC(nil, circuitfailsafe.WithGroup[reply](g, nil), asRefusal())
	// EmptyCall's reply has another type than the policy's.
	client := dial(t, serve(t, s), byMethod, through(p))
	for range 3 {
		_, _ = client.UnaryCall(t.Context(), &pb.SimpleRequest{})
		if _, err := client.EmptyCall(t.Context(), &pb.Empty{}); err != nil {
			t.Errorf("the healthy method: %v", err)
		}
	}
	if n := s.calls.Load(); n != 1 {
		t.Errorf("%d calls reached the failing method, want 1", n)
	}
	for key, want := range map[string]circuit.Counts{unaryMethod: {Failures: 1, Refused: 2}, emptyMethod: {Successes: 3}} {
		r, _ := circuit.As[circuit.Reporter](g.Get(key))
		wantTotal(t, r, want)
	}
}

// A fallback of failsafe's can answer for a refused call only by an error: its result goes
// nowhere.
func TestFallbackOverGRPC(t *testing.T) {
	s := &service{unary: func(context.Context) error { return status.Error(codes.Internal, "no database") }}
	closed := fallback.NewWithError[reply](status.Error(codes.FailedPrecondition, "closed"))
	client := dial(t, serve(t, s), through(closed, forGRPC(newHystrix(t, fragile))))
	for range 2 {
		if _, err := client.UnaryCall(t.Context(), &pb.SimpleRequest{}); status.Code(err) != codes.FailedPrecondition {
			t.Errorf("%v, want the fallback's", err)
		}
	}
}
