package circuitgrpc_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// words is what another framework might make of a refusal.
type words struct{ refusal *circuitgrpc.Refusal }

func otherWords(r *circuitgrpc.Refusal) error { return &words{r} }

func (w *words) Error() string              { return "not now" }
func (w *words) Unwrap() error              { return w.refusal }
func (w *words) GRPCStatus() *status.Status { return status.New(codes.Aborted, "not now") }

// refusalOf is the error of a call of the method by a unary client that refuses.
func refusalOf(t *testing.T, intercept grpc.UnaryClientInterceptor, method string) error {
	t.Helper()
	err := intercept(t.Context(), method, nil, nil, new(grpc.ClientConn),
		func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error {
			t.Errorf("%s was called", method)
			return nil
		})
	if !errors.Is(err, circuit.ErrNotAllowed) {
		t.Fatalf("%s: %v, want a refusal", method, err)
	}
	return err
}

// More methods than refusals are kept of, and several methods of one breaker: each
// call has the refusal of its own method and breaker.
func TestRefusalsAreNotMixedUp(t *testing.T) {
	for name, key := range map[string]circuitgrpc.Key{
		"a breaker each": nil,
		"one for all":    func(context.Context, string, string) string { return "all" },
		"one for the even": func(_ context.Context, _, method string) string {
			return fmt.Sprint(len(method) % 2)
		},
	} {
		g := forcedOpen()
		intercept := circuitgrpc.UnaryClientInterceptor(circuitgrpc.WithGroup(g), circuitgrpc.WithKey(key))
		for range 2 {
			for i := range 1000 {
				method := fmt.Sprintf("/s/%0*d", i%7+1, i)
				refused := &circuitgrpc.Refusal{}
				if err := refusalOf(t, intercept, method); !errors.As(err, &refused) || refused.Method() != method {
					t.Fatalf("%s: %v is the refusal of another method", name, err)
				}
				k := method
				if key != nil {
					k = key(t.Context(), "", method)
				}
				if _, why := circuit.Acquire(g.Get(k)); refused.Unwrap() != why { //nolint:errorlint // the same one
					t.Fatalf("%s, %s: the refusal is that of another breaker", name, method)
				}
			}
		}
	}
}

// A refusal is told anew when the breaker of its key is another one.
func TestRefusalOfABreakerThatWasReplaced(t *testing.T) {
	g := forcedOpen()
	intercept := circuitgrpc.UnaryClientInterceptor(circuitgrpc.WithGroup(g))
	before := refusalOf(t, intercept, someMethod)
	if again := refusalOf(t, intercept, someMethod); again != before { //nolint:errorlint // the same one
		t.Error("the refusal was made twice")
	}
	g.Remove(someMethod)
	after := refusalOf(t, intercept, someMethod)
	if errors.Unwrap(after) == errors.Unwrap(before) { //nolint:errorlint // the same one
		t.Error("the refusal is that of the breaker which was removed")
	}
}

// A refusal that is kept tells the time from when it is asked.
func TestKeptRefusalTellsTheTimeThatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := hystrixGroup(hystrix.Config{
			ConsecutiveFailures: 1, ErrorPercentThreshold: -1, SleepWindow: 4 * time.Second, SleepJitter: -1,
		})
		g.Get(someMethod).MarkFailed()
		intercept := circuitgrpc.UnaryClientInterceptor(circuitgrpc.WithGroup(g))
		for _, left := range []time.Duration{4 * time.Second, 3 * time.Second, 2 * time.Second} {
			err := refusalOf(t, intercept, someMethod)
			if after, ok := circuit.RetryAfter(err); !ok || after != left {
				t.Errorf("retry after %v, %v, want %v", after, ok, left)
			}
			time.Sleep(time.Second)
		}
	})
}

// Another's breaker may refuse with an error that can't be compared.
func TestRefusalThatIsNotComparable(t *testing.T) {
	g := group.New(func(string) circuit.Breaker { return incomparable{} })
	intercept := circuitgrpc.UnaryClientInterceptor(circuitgrpc.WithGroup(g))
	for range 3 {
		if err := refusalOf(t, intercept, someMethod); !errors.Is(err, errWhy) {
			t.Errorf("%v, want the breaker's own error behind it", err)
		}
	}
}

var errWhy = errors.New("why")

type incomparable struct{}

func (incomparable) Allow() error { return errs{errWhy} }
func (incomparable) MarkSuccess() {}
func (incomparable) MarkFailed()  {}

type errs []error

func (errs) Error() string     { return "several" }
func (e errs) Unwrap() []error { return e }

func TestWithRefusal(t *testing.T) {
	made := 0
	g := forcedOpen()
	for _, k := range interceptors(nil, circuitgrpc.WithGroup(g), circuitgrpc.WithRefusal(nil),
		circuitgrpc.WithRefusal(func(r *circuitgrpc.Refusal) error { made++; return otherWords(r) })) {
		for range 3 {
			k.call()
		}
	}
	if made != 4 {
		t.Errorf("made %d errors for 3 calls through each of 4 interceptors, want one for each", made)
	}

	err := refusalOf(t, circuitgrpc.UnaryClientInterceptor(circuitgrpc.WithGroup(g), circuitgrpc.WithRefusal(otherWords)), someMethod)
	refused := &circuitgrpc.Refusal{}
	if status.Code(err) != codes.Aborted || !errors.As(err, &refused) || refused.Method() != someMethod {
		t.Errorf("%v, want what the option made of the refusal", err)
	}

	none := circuitgrpc.WithRefusal(func(*circuitgrpc.Refusal) error { return nil })
	err = refusalOf(t, circuitgrpc.UnaryClientInterceptor(circuitgrpc.WithGroup(g), none), someMethod)
	if !errors.As(err, &refused) {
		t.Errorf("%v, want the refusal itself", err)
	}
}
