package kratos_test

import (
	"context"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/go-kratos/kratos/v2/errors"
	"github.com/go-kratos/kratos/v2/middleware"
	"github.com/go-kratos/kratos/v2/middleware/circuitbreaker"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/kratos"
)

var errBroken = errors.InternalServer("BROKEN", "the backend is broken")

func broken(context.Context, string) error { return errBroken }

func well(context.Context, string) error { return nil }

// native fails the test unless err is what Kratos' own middleware refuses with.
func native(t *testing.T, err error) {
	t.Helper()
	if errors.Code(err) != http.StatusServiceUnavailable || errors.Reason(err) != kratos.Reason || !errors.IsServiceUnavailable(err) {
		t.Errorf("code %d, reason %q, must be 503 %s", errors.Code(err), errors.Reason(err), kratos.Reason)
	}
	if code := status.Code(err); code != codes.Unavailable {
		t.Errorf("gRPC code %v, must be Unavailable", code)
	}
	if !errors.Is(errors.FromError(err), circuitbreaker.ErrNotAllowed) {
		t.Errorf("%v doesn't match the error of Kratos' own middleware", err)
	}
}

// refusedHere fails the test unless err is a refusal of this side's breaker.
func refusedHere(t *testing.T, err error) {
	t.Helper()
	native(t, err)
	if !errors.Is(err, circuit.ErrNotAllowed) || !errors.Is(err, circuitbreaker.ErrNotAllowed) {
		t.Errorf("%v must match circuit.ErrNotAllowed and Kratos' own ErrNotAllowed", err)
	}
	if after, ok := circuit.RetryAfter(err); !ok || after > time.Minute || after < 50*time.Second {
		t.Errorf("retry after %v, %v, must be up to a minute", after, ok)
	}
}

func TestRule14ClientRefusalIsNative(t *testing.T) {
	for _, over := range transports {
		t.Run(over, func(t *testing.T) {
			var served atomic.Int64
			address := start(t, over, &greeter{hello: func(ctx context.Context, name string) error {
				served.Add(1)
				return broken(ctx, name)
			}})
			hello := client{address: address, middleware: []middleware.Middleware{
				kratos.Client(kratos.WithBreaker(brittle)),
			}}.dial(t, over)
			for range 3 {
				if _, err := hello(t.Context(), opHello, "x"); errors.Reason(err) != "BROKEN" {
					t.Fatalf("%v, must be the backend's error", err)
				}
			}
			for range 10 {
				_, err := hello(t.Context(), opHello, "x")
				refusedHere(t, err)
			}
			if n := served.Load(); n != 3 {
				t.Errorf("the server had %d calls, must have 3", n)
			}
		})
	}
}

func TestRule14ServerRefusalIsNativeAtTheClient(t *testing.T) {
	for _, over := range transports {
		t.Run(over, func(t *testing.T) {
			here := make(chan error, 8)
			spy := func(next middleware.Handler) middleware.Handler {
				return func(ctx context.Context, req any) (any, error) {
					reply, err := next(ctx, req)
					here <- err
					return reply, err
				}
			}
			address := start(t, over, &greeter{hello: broken, other: well}, spy, kratos.Server(kratos.WithBreaker(brittle)))
			hello := client{address: address}.dial(t, over)
			for range 3 {
				_, _ = hello(t.Context(), opHello, "x")
				if err := <-here; errors.Reason(err) != "BROKEN" {
					t.Fatalf("%v, must be the handler's error", err)
				}
			}
			_, err := hello(t.Context(), opHello, "x")
			native(t, err)
			if errors.Is(err, circuit.ErrNotAllowed) {
				t.Error("the client didn't refuse, and must not be told so")
			}
			refusedHere(t, <-here)

			if _, err := hello(t.Context(), opOther, "x"); err != nil {
				t.Errorf("another operation: %v, must be served", err)
			}
		})
	}
}

func TestServerRefusalHasRetryAfterHeader(t *testing.T) {
	address := start(t, "http", &greeter{hello: broken}, kratos.Server(kratos.WithBreaker(brittle)))
	get := func() *http.Response {
		resp, err := http.Get("http://" + address + "/hello/x")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp
	}
	defer http.DefaultClient.CloseIdleConnections()
	for range 3 {
		if resp := get(); resp.StatusCode != http.StatusInternalServerError || resp.Header.Get("Retry-After") != "" {
			t.Fatalf("status %d, Retry-After %q, must be 500 without", resp.StatusCode, resp.Header.Get("Retry-After"))
		}
	}
	resp := get()
	after, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if resp.StatusCode != http.StatusServiceUnavailable || err != nil || after > 60 || after < 50 {
		t.Errorf("status %d, Retry-After %q, must be 503 and up to 60", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
}

// A client that guards what a refusing server answers counts it as the failure
// that it is: the refusal is not the client's own.
func TestRelayedRefusalIsFailure(t *testing.T) {
	for _, over := range transports {
		t.Run(over, func(t *testing.T) {
			address := start(t, over, &greeter{hello: broken}, kratos.Server(kratos.WithBreaker(brittle)))
			hello := client{address: address}.dial(t, over)
			var err error
			for range 4 {
				_, err = hello(t.Context(), opHello, "x")
			}
			native(t, err)
			if o := kratos.DefaultClassifier(t.Context(), err); o != circuit.Failure {
				t.Errorf("judged %v, must be a failure", o)
			}
		})
	}
}
