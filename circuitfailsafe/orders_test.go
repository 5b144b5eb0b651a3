package circuitfailsafe_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/failsafegrpc"
	"github.com/failsafe-go/failsafe-go/failsafehttp"
	"google.golang.org/grpc/codes"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// Each engine in both orders, over HTTP and gRPC, to a server that is down: a refusal is
// never retried, and each attempt inside the breaker, or each call around a retry, is a
// failure.
func TestBothOrdersOfEachEngine(t *testing.T) {
	const calls, attempts = 300, 3
	overHTTP := func(t *testing.T, b circuit.Breaker, outside bool) (call func() error, reached func() int64) {
		t.Helper()
		srv := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
		retry := failsafehttp.NewRetryPolicyBuilder().AbortOnErrors(circuit.ErrNotAllowed).Build()
		client := srv.client(ordered(outside, retry, circuitfailsafe.NewPolicy[response](b))...)
		return func() error {
			_, _, err := get(t.Context(), t, client, srv.URL)
			return err
		}, srv.requests.Load
	}
	overGRPC := func(t *testing.T, b circuit.Breaker, outside bool) (call func() error, reached func() int64) {
		t.Helper()
		s := &service{unary: func(context.Context) error { return status.Error(codes.Unavailable, "down") }}
		retry := failsafegrpc.NewRetryPolicyBuilder[reply]().AbortOnErrors(circuit.ErrNotAllowed).Build()
		client := dial(t, serve(t, s), byMethod, through(ordered(outside, retry, forGRPC(b, asRefusal()))...))
		return func() error {
			_, err := client.UnaryCall(t.Context(), &pb.SimpleRequest{})
			return err
		}, s.calls.Load
	}
	for over, connect := range map[string]func(*testing.T, circuit.Breaker, bool) (func() error, func() int64){"HTTP": overHTTP, "gRPC": overGRPC} {
		for name := range engines(t) {
			for order, outside := range map[string]bool{"retry outside": true, "retry inside": false} {
				t.Run(over+"/"+name+"/"+order, func(t *testing.T) {
					b := engines(t)[name]
					call, reached := connect(t, b, outside)
					var refused uint64
					for range calls {
						if err := call(); err == nil {
							t.Fatal("served")
						} else if errors.Is(err, circuit.ErrNotAllowed) {
							refused++
						}
					}
					total := b.Snapshot().Total
					if total.Refused != refused || refused == 0 {
						t.Errorf("%d calls ended refused, and %d attempts were; want as many, and some", refused, total.Refused)
					}
					judged := uint64(reached())
					if !outside {
						judged /= attempts
					}
					if want := (circuit.Counts{Failures: judged, Refused: refused}); total != want {
						t.Errorf("total is %+v, want %+v", total, want)
					}
				})
			}
		}
	}
}

func ordered[R any](outside bool, retry, breaker failsafe.Policy[R]) []failsafe.Policy[R] {
	if outside {
		return []failsafe.Policy[R]{retry, breaker}
	}
	return []failsafe.Policy[R]{breaker, retry}
}
