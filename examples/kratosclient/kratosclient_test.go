package main

import (
	"errors"
	"testing"

	kerrors "github.com/go-kratos/kratos/v2/errors"
	"github.com/go-kratos/kratos/v2/middleware/circuitbreaker"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	helloworldv1 "github.com/go-fusebox/fusebox/api/helloworld/v1"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/examples/internal/backend"
)

func TestOnlyTheFailingOperationIsRefused(t *testing.T) {
	t.Run("HTTP", func(t *testing.T) {
		server, err := backend.StartKratosHTTP("")
		judge(t, server, err, dialHTTP)
	})
	t.Run("gRPC", func(t *testing.T) {
		server, err := backend.StartKratosGRPC("")
		judge(t, server, err, dialGRPC)
	})
}

func judge(t *testing.T, server *backend.Server, err error, dial dialer) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	r, err := run(t.Context(), server, dial)
	if err != nil {
		t.Fatal(err)
	}
	if r.failed != 10 || r.refused != 5 || r.reached != 10 {
		t.Errorf("SayHello failed %d times and was refused %d times, %d calls reached the server; want 10, 5, 10", r.failed, r.refused, r.reached)
	}
	if r.healthy != 15 || server.Goodbye.Calls() != 15 {
		t.Errorf("SayGoodbye answered %d times, %d calls reached the server; want 15, 15", r.healthy, server.Goodbye.Calls())
	}
	if r.recovered != 15 || server.Hello.Calls() != 10+15 {
		t.Errorf("SayHello answered %d times after the fault, %d calls in all; want 15, 25", r.recovered, server.Hello.Calls())
	}
	judgeRefusal(t, r.refusal)
	judgeEvents(t, r.events)
}

func judgeRefusal(t *testing.T, err error) {
	t.Helper()
	e := kerrors.FromError(err)
	if e.Code != 503 || e.Reason != "CIRCUITBREAKER" || !kerrors.IsServiceUnavailable(err) {
		t.Errorf("refused with code %d, reason %s, service unavailable %v; want 503, CIRCUITBREAKER, true",
			e.Code, e.Reason, kerrors.IsServiceUnavailable(err))
	}
	if !errors.Is(err, circuit.ErrNotAllowed) || !errors.Is(err, circuitbreaker.ErrNotAllowed) {
		t.Errorf("%v matches neither or one of our ErrNotAllowed and that of Kratos' middleware, want both", err)
	}
	if got := status.Code(err); got != codes.Unavailable {
		t.Errorf("to gRPC the refusal is %v, want Unavailable", got)
	}
}

func judgeEvents(t *testing.T, got []circuit.Event) {
	t.Helper()
	want := []circuit.State{circuit.Open, circuit.HalfOpen, circuit.Closed}
	if len(got) != len(want) {
		t.Fatalf("%d changes of state, want %d: %v", len(got), len(want), got)
	}
	for i, e := range got {
		if e.Key != helloworldv1.Greeter_SayHello_FullMethodName || e.To != want[i] {
			t.Errorf("change %d: %s became %v, want %s to become %v", i, e.Key, e.To, helloworldv1.Greeter_SayHello_FullMethodName, want[i])
		}
	}
}
