package circuitgrpc_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// A server fails, is left alone, comes back, and is used again: for each kind of
// call, guarded on either side.
func TestRecovery(t *testing.T) {
	config := hystrix.Config{ConsecutiveFailures: 5, ErrorPercentThreshold: -1, SleepWindow: 50 * time.Millisecond, SleepJitter: -1}
	for _, a := range attempts {
		for _, side := range []string{"client", "server"} {
			t.Run(side+a.method, func(t *testing.T) {
				var broken atomic.Bool
				broken.Store(true)
				s := serving()
				fail := func() error {
					if broken.Load() {
						return status.Error(codes.Unavailable, "broken")
					}
					return nil
				}
				well := serving()
				s.unary = func(ctx context.Context, r *pb.SimpleRequest) (*pb.SimpleResponse, error) {
					if err := fail(); err != nil {
						return nil, err
					}
					return well.unary(ctx, r)
				}
				s.download = func(r *pb.StreamingOutputCallRequest, out downloadServer) error {
					return errors.Join(fail(), well.download(r, out))
				}
				s.upload = func(in uploadServer) error {
					if err := fail(); err != nil {
						return err
					}
					return well.upload(in)
				}
				s.bidi = func(both bidiServer) error { return errors.Join(fail(), well.bidi(both)) }

				client, server := counting(), counting()
				guarded := hystrixGroup(config)
				if side == "client" {
					client = guarded
				} else {
					server = guarded
				}
				c := both(t, s, client, server)
				for range 10 {
					if err := a.call(t.Context(), c); status.Code(err) != codes.Unavailable {
						t.Fatalf("broken: %v, want Unavailable", err)
					}
				}
				if got := s.served.Load(); got < 5 || snapshot(guarded, a.method).Total.Failures < 5 {
					t.Fatalf("%d calls were served, counts are %+v", got, total(guarded, a.method))
				}
				if total(guarded, a.method).Refused == 0 {
					t.Fatal("nothing was refused")
				}
				broken.Store(false)
				eventually(t, "recovery", func() bool { return a.call(t.Context(), c) == nil })
				for range 10 {
					if err := a.call(t.Context(), c); err != nil {
						t.Fatalf("after recovery: %v", err)
					}
				}
				wantState(t, guarded, a.method, circuit.Closed)
			})
		}
	}
}

// Every call of many goroutines is counted once, on both sides.
func TestConcurrency(t *testing.T) {
	const goroutines, rounds = 8, 50
	s := serving()
	client, server := counting(), counting()
	c := both(t, s, client, server, circuitgrpc.WithTargets())
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for range rounds {
				for _, a := range attempts {
					if err := a.call(t.Context(), c); err != nil {
						t.Errorf("%s: %v", a.method, err)
					}
				}
				if _, err := c.UnaryCall(t.Context(), asking(codes.Internal)); status.Code(err) != codes.Internal {
					t.Errorf("%v, want Internal", err)
				}
			}
		})
	}
	wg.Wait()
	for key := range client.All() {
		want := circuit.Counts{Successes: goroutines * rounds}
		if strings.HasSuffix(key, unaryMethod) {
			want.Failures = goroutines * rounds
		}
		wantTotal(t, client, key, want)
	}
	if client.Len() != 4 || server.Len() != 4 {
		t.Errorf("%d and %d breakers for four methods", client.Len(), server.Len())
	}
	for _, a := range attempts {
		want := circuit.Counts{Successes: goroutines * rounds}
		if a.method == unaryMethod {
			want.Failures = goroutines * rounds
		}
		wantTotal(t, server, a.method, want)
	}
}
