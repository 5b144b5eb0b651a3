package main

import (
	"context"
	"errors"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	helloworldv1 "github.com/go-fusebox/fusebox/api/helloworld/v1"
	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// Of the budget, four failures leave more than half. They are those of the first call,
// whose third attempt nothing follows, and the first one of the second call: 3 retries.
func TestWhatReachesAServerThatIsDown(t *testing.T) {
	rows, err := run(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	want := []row{
		{"gRPC's retries, no breaker", 60, 0, 0, 0},
		{"gRPC's retries and budget, no breaker", 23, 0, 0, 0},
		{"gRPC's retries below the breaker", 30, 10, 10, 0},
		{"gRPC's retries and budget below the breaker", 13, 10, 10, 0},
		{"an interceptor that retries all, above it", 10, 10, 50, 33},
		{"an interceptor that stops at refusals, above it", 10, 10, 17, 0},
		{"Kratos, a retry of all around the breaker", 10, 10, 50, 33},
		{"Kratos, circuitfailsafe's around the breaker", 10, 10, 17, 0},
		{"Kratos, the same inside the breaker", 30, 10, 10, 0},
		{"Kratos, the same inside it, with a budget", 13, 10, 10, 0},
		{"zRPC, gRPC's retries below the breaker", 30, 10, 10, 0},
		{"zRPC, gRPC's retries and budget below it", 13, 10, 10, 0},
	}
	if len(rows) != len(want) {
		t.Fatalf("%d rows, want %d", len(rows), len(want))
	}
	for i := range want {
		if rows[i] != want[i] {
			t.Errorf("got  %+v\nwant %+v", rows[i], want[i])
		}
	}
}

// The refusal of a server's own breaker is a failure like any other to its client, which
// another server may not have. Only what this side refused is left alone.
func TestRefusalsOfThisSideAreLeftAlone(t *testing.T) {
	refusal := circuit.NewRefusal("here", nil)
	there, here := circuitgrpc.StatusOf(refusal).Err(), status.Error(codes.Unavailable, "")
	intercept := circuitgrpc.UnaryClientInterceptor(circuitgrpc.WithBreaker(func(string) circuit.Breaker { return refusing{refusal} }))
	refused := intercept(t.Context(), helloworldv1.Greeter_SayHello_FullMethodName, nil, nil, nil, nil)
	for err, want := range map[error][2]bool{there: {true, true}, here: {true, true}, refused: {true, false}, errors.New("x"): {false, false}} {
		if got := [2]bool{unavailable(err), unavailableThere(err)}; got != want {
			t.Errorf("%v: retried by all and by this side's: %v, want %v", err, got, want)
		}
	}
}

type refusing struct{ err error }

func (r refusing) Allow() error { return r.err }
func (refusing) MarkSuccess()   {}
func (refusing) MarkFailed()    {}

func TestBudget(t *testing.T) {
	b := newBudget(10, 0.5)
	for n, want := range []bool{true, true, true, true, false, false} {
		if got := b.spend(); got != want {
			t.Errorf("failure %d: retried %v, want %v", n+1, got, want)
		}
	}
	for range 4 { // 4 + 4 · 0.5 = 6, less the next failure's
		b.earn()
	}
	if b.spend() {
		t.Error("retried with half of the tokens gone")
	}
	for range 100 {
		b.earn()
	}
	if b.tokens != 10 {
		t.Errorf("%v tokens after many successes, want 10", b.tokens)
	}
}

// A success on the second attempt costs one token and gives a gain back.
func TestBudgetOfAPolicy(t *testing.T) {
	b := newBudget(10, 0.1)
	failures := 1
	handler := retry(b.bound(circuitfailsafe.NewRetryPolicyBuilder[any]()))(func(context.Context, any) (any, error) {
		if failures--; failures >= 0 {
			return nil, errors.New("once")
		}
		return "served", nil
	})
	if reply, err := handler(t.Context(), nil); reply != "served" || err != nil {
		t.Errorf("got %v, %v, want the second attempt's reply", reply, err)
	}
	if b.tokens != 9.1 {
		t.Errorf("%v tokens are left, want 9.1", b.tokens)
	}
}

// The retrying interceptor ends at the first answer.
func TestRetryingEndsAtASuccess(t *testing.T) {
	asked := 0
	intercept := retrying(unavailable)
	err := intercept(t.Context(), helloworldv1.Greeter_SayHello_FullMethodName, nil, nil, nil,
		func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error {
			asked++
			return nil
		})
	if err != nil || asked != 1 {
		t.Errorf("asked %d times, got %v", asked, err)
	}
}
