package circuitfailsafe_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/failsafegrpc"
	"github.com/failsafe-go/failsafe-go/policy"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// checking executes as failsafegrpc.NewServerInHandle does.
func checking(b circuit.Breaker) failsafe.Executor[any] {
	return failsafe.With(circuitfailsafe.NewPolicy[any](b)).
		WithContext(context.WithValue(context.Background(), policy.CheckOnlyKey, true))
}

func nothing() error { return nil }

func TestCheckTakesNothing(t *testing.T) {
	for name, b := range engines(t) {
		t.Run(name, func(t *testing.T) {
			for range 100 {
				if err := checking(b).Run(nothing); err != nil {
					t.Fatal(err)
				}
			}
			wantTotal(t, b, circuit.Counts{})
		})
	}
	l := &ledger{refuses: true}
	if err := checking(l).Run(nothing); err != nil {
		t.Errorf("a breaker that shows nothing was taken to refuse: %v", err)
	}
	l.want(t)
}

// While open, a check refuses, and counts nothing; when the sleep window is over it lets
// the probe pass, and takes none itself.
func TestCheckOfAnOpenBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newHystrix(t, fragile)
		_ = failsafe.With(circuitfailsafe.NewPolicy[any](b)).Run(func() error { return errDown })
		time.Sleep(20 * time.Minute)
		err := checking(b).Run(nothing)
		if after, ok := circuit.RetryAfter(err); !errors.Is(err, circuit.ErrNotAllowed) || !ok || after != 40*time.Minute {
			t.Errorf("%v, to come back after %v, %v; want a refusal for 40m", err, after, ok)
		}
		time.Sleep(40 * time.Minute)
		for range 3 {
			if err := checking(b).Run(nothing); err != nil {
				t.Errorf("when the sleep window is over: %v", err)
			}
		}
		if s := b.Snapshot(); s.State != circuit.Open || s.Probes != 0 {
			t.Errorf("%v with %d probes in flight, want open with none", s.State, s.Probes)
		}
		wantTotal(t, b, circuit.Counts{Failures: 1})
	})
}

func TestCheckByMode(t *testing.T) {
	for mode, refused := range map[circuit.Mode]bool{circuit.Auto: true, circuit.Observe: false, circuit.ForceOpen: true, circuit.ForceClose: false} {
		b := newHystrix(t, fragile)
		if err := b.SetMode(mode); err != nil {
			t.Fatal(err)
		}
		_ = failsafe.With(circuitfailsafe.NewPolicy[any](b)).Run(func() error { return errDown })
		err := checking(b).Run(nothing)
		if errors.Is(err, circuit.ErrNotAllowed) != refused {
			t.Errorf("%v: %v; want refused: %t", mode, err, refused)
		}
		if after, known := circuit.RetryAfter(err); known != (mode == circuit.Auto) {
			t.Errorf("%v: to come back after %v, %t; only an open breaker of its own knows", mode, after, known)
		}
	}
}

// A breaker that refuses a share of the calls might admit the next one.
func TestCheckOfAPartlyOpenBreaker(t *testing.T) {
	for share, refused := range map[float64]bool{0.99: false, 1: true} {
		b := showing{&ledger{}, circuit.Snapshot{State: circuit.Open, DropRatio: share, RetryAfter: time.Second}}
		if err := checking(b).Run(nothing); errors.Is(err, circuit.ErrNotAllowed) != refused {
			t.Errorf("%v of the calls: %v; want refused: %t", share, err, refused)
		}
	}
}

// showing is a breaker that shows what it is told to.
type showing struct {
	*ledger
	snapshot circuit.Snapshot
}

func (s showing) Snapshot() circuit.Snapshot { return s.snapshot }

// An engine that finds its next probe by counting the calls that it refuses would see none
// if a check refused them all, and take longer to recover, or never do.
func TestCheckLetsCreditCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := engines(t)["credit"]
		executor := failsafe.With(circuitfailsafe.NewPolicy[any](b))
		for b.Snapshot().State != circuit.Open {
			_ = executor.Run(func() error { return errDown })
			time.Sleep(time.Second)
		}
		passed := 0
		for range 100 {
			if checking(b).Run(nothing) == nil && executor.Run(nothing) == nil {
				passed++
			}
			time.Sleep(10 * time.Millisecond)
		}
		if passed == 0 || b.Snapshot().State != circuit.Closed {
			t.Errorf("%d of 100 calls passed in a second, and the breaker is %v; want it closed", passed, b.Snapshot().State)
		}
	})
}

// A server whose breaker is open turns calls away before it reads them. gRPC takes an error
// of its tap that has no code for PermissionDenied.
func TestCheckInATap(t *testing.T) {
	for want, opts := range map[codes.Code][]circuitfailsafe.Option[any]{
		codes.PermissionDenied: nil,
		codes.Unavailable: {circuitfailsafe.WithRefusal[any](func(_ context.Context, err error) error {
			return circuitgrpc.NewRefusal("any", err)
		})},
	} {
		t.Run(want.String(), func(t *testing.T) {
			s := &service{unary: func(context.Context) error { return status.Error(codes.Internal, "no database") }}
			b := newHystrix(t, fragile)
			client := dial(t, serve(t, s,
				grpc.InTapHandle(failsafegrpc.NewServerInHandle(circuitfailsafe.NewPolicy(b, opts...))),
				grpc.UnaryInterceptor(failsafegrpc.NewUnaryServerInterceptor(forGRPC(b)))))
			for _, want := range []codes.Code{codes.Internal, want} {
				if _, err := client.UnaryCall(t.Context(), &pb.SimpleRequest{}); status.Code(err) != want {
					t.Errorf("%v, want code %v", err, want)
				}
			}
			wantTotal(t, b, circuit.Counts{Failures: 1}) // the interceptor refused nothing
		})
	}
}
