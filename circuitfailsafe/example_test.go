package circuitfailsafe_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/failsafegrpc"
	"github.com/failsafe-go/failsafe-go/failsafehttp"
	"github.com/failsafe-go/failsafe-go/fallback"
	"github.com/failsafe-go/failsafe-go/timeout"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// afterTwo makes breakers that open after two failures in a row.
func afterTwo(string) circuit.Breaker {
	b, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 2, SleepWindow: time.Minute, SleepJitter: -1})
	if err != nil {
		panic(err)
	}
	return b
}

func ExampleNewPolicy() {
	executor := failsafe.With(
		fallback.NewWithResult("cold"),
		circuitfailsafe.NewRetryPolicyBuilder[string]().Build(),
		circuitfailsafe.NewPolicy[string](afterTwo("")),
		timeout.New[string](time.Second),
	)
	calls := 0
	for range 3 {
		answer, err := executor.Get(func() (string, error) {
			calls++
			return "", errors.New("no database")
		})
		fmt.Println(answer, err, calls)
	}
	// Output:
	// cold <nil> 2
	// cold <nil> 2
	// cold <nil> 2
}

// A breaker for HTTP, with retries by status: 503 is a failure, and is retried at once.
func ExampleNewPolicy_http() {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Println("the server is asked")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer srv.Close()

	guard := circuitfailsafe.NewPolicy[*http.Response](afterTwo(""))
	retry := failsafehttp.NewRetryPolicyBuilder().AbortOnErrors(circuit.ErrNotAllowed).Build()
	client := &http.Client{Transport: failsafehttp.NewRoundTripper(nil, retry, guard)}
	defer client.CloseIdleConnections()
	_, err := client.Get(srv.URL)
	fmt.Println("refused:", errors.Is(err, circuit.ErrNotAllowed))
	// Output:
	// the server is asked
	// the server is asked
	// refused: true
}

// A policy for gRPC.
func ExampleWithClassifier() {
	policy := circuitfailsafe.NewPolicy(afterTwo(""),
		circuitfailsafe.WithClassifier[any](circuitgrpc.DefaultClassifier),
		circuitfailsafe.WithResultOf[any](circuitgrpc.ResultOf))
	executor := failsafe.With(policy)
	for range 3 {
		fmt.Println(executor.Run(func() error { return status.Error(codes.NotFound, "no such user") }))
	}
	// Output:
	// rpc error: code = NotFound desc = no such user
	// rpc error: code = NotFound desc = no such user
	// rpc error: code = NotFound desc = no such user
}

// An interceptor of failsafe's with a breaker for each method. An interceptor before it
// gives each call its key.
func ExampleWithRefusal() {
	keyed := func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoker grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		return invoker(circuitfailsafe.ContextWithKey(ctx, method), method, req, reply, cc, opts...)
	}
	guard := circuitfailsafe.NewPolicy(nil,
		circuitfailsafe.WithGroup[any](group.New(afterTwo), nil),
		circuitfailsafe.WithClassifier[any](circuitgrpc.DefaultClassifier),
		circuitfailsafe.WithRefusal[any](func(ctx context.Context, err error) error {
			return circuitgrpc.NewRefusal(circuitfailsafe.KeyFromContext(ctx), err)
		}))
	broken := func(context.Context, string, any, any, *grpc.ClientConn, grpc.UnaryInvoker, ...grpc.CallOption) error {
		return status.Error(codes.Internal, "no database")
	}
	cc, err := grpc.NewClient("passthrough:nowhere", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithChainUnaryInterceptor(keyed, failsafegrpc.NewUnaryClientInterceptor(guard), broken))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer cc.Close()
	for range 3 {
		_, err := pb.NewTestServiceClient(cc).UnaryCall(context.Background(), &pb.SimpleRequest{})
		fmt.Println(status.Code(err), errors.Is(err, circuit.ErrNotAllowed))
	}
	// Output:
	// Internal false
	// Internal false
	// Unavailable true
}

func ExampleNewRetryPolicyBuilder() {
	b := afterTwo("")
	executor := failsafe.With(
		circuitfailsafe.NewRetryPolicyBuilder[any]().WithMaxRetries(9).Build(),
		circuitfailsafe.NewPolicy[any](b))
	calls := 0
	err := executor.Run(func() error { calls++; return errors.New("no database") })
	fmt.Println(calls, err)
	// Output: 2 hystrix: call not allowed
}

func ExampleWithGroup() {
	executor := failsafe.With(circuitfailsafe.NewPolicy(nil, circuitfailsafe.WithGroup[any](group.New(afterTwo), nil)))
	for _, tenant := range []string{"red", "red", "red", "blue"} {
		ctx := circuitfailsafe.ContextWithKey(context.Background(), tenant)
		fmt.Println(tenant, executor.WithContext(ctx).Run(func() error { return errors.New("no database") }))
	}
	// Output:
	// red no database
	// red no database
	// red hystrix: call not allowed
	// blue no database
}

func ExampleKeyed() {
	down := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }))
	defer down.Close()
	up := httptest.NewServer(http.NotFoundHandler())
	defer up.Close()

	guard := circuitfailsafe.NewPolicy(nil, circuitfailsafe.WithGroup[*http.Response](group.New(afterTwo), nil))
	client := &http.Client{Transport: circuitfailsafe.Keyed(failsafehttp.NewRoundTripper(nil, guard), nil)}
	defer http.DefaultClient.CloseIdleConnections()
	for _, url := range []string{down.URL, down.URL, down.URL, up.URL} {
		resp, err := client.Get(url)
		if errors.Is(err, circuit.ErrNotAllowed) {
			fmt.Println("refused")
			continue
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(resp.StatusCode)
		resp.Body.Close()
	}
	// Output:
	// 500
	// 500
	// refused
	// 404
}

func ExampleKeyFromContext() {
	ctx := circuitfailsafe.ContextWithKey(context.Background(), "GET api.example.com")
	fmt.Println(circuitfailsafe.KeyFromContext(ctx))
	// Output: GET api.example.com
}

// A request of failsafehttp's own gets its key by its context.
func ExampleContextWithKey() {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }))
	defer srv.Close()
	guard := circuitfailsafe.NewPolicy(nil, circuitfailsafe.WithGroup[*http.Response](group.New(afterTwo), nil))
	for _, key := range []string{"users", "users", "users", "orders"} {
		ctx := circuitfailsafe.ContextWithKey(context.Background(), key)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		resp, err := failsafehttp.NewRequest(req, srv.Client(), guard).Do()
		if err != nil {
			fmt.Println(key, err)
			continue
		}
		resp.Body.Close()
		fmt.Println(key, resp.StatusCode)
	}
	// Output:
	// users 500
	// users 500
	// users hystrix: call not allowed
	// orders 500
}

// A result that is a failure, though there is no error.
func ExampleWithErrorOf() {
	policy := circuitfailsafe.NewPolicy(afterTwo(""), circuitfailsafe.WithErrorOf(func(queued int, err error) error {
		if err == nil && queued > 100 {
			return errors.New("queue is too long")
		}
		return err
	}))
	executor := failsafe.With(policy)
	for range 3 {
		fmt.Println(executor.Get(func() (int, error) { return 101, nil }))
	}
	// Output:
	// 101 <nil>
	// 101 <nil>
	// 0 hystrix: call not allowed
}

func ExampleWithResultOf() {
	// Timeouts are not told from other failures.
	plain := func(_ context.Context, _ error, o circuit.Outcome) circuit.Result { return circuit.Result{Outcome: o} }
	policy := circuitfailsafe.NewPolicy(afterTwo(""), circuitfailsafe.WithResultOf[any](plain))
	fmt.Println(failsafe.With(policy).Run(func() error { return context.DeadlineExceeded }))
	// Output: context deadline exceeded
}

func ExampleWithRefusalObserver() {
	policy := circuitfailsafe.NewPolicy(nil,
		circuitfailsafe.WithGroup[any](group.New(afterTwo), nil),
		circuitfailsafe.WithRefusalObserver[any](func(_ context.Context, key string, err error) { fmt.Println(key, err) }))
	executor := failsafe.With(policy).WithContext(circuitfailsafe.ContextWithKey(context.Background(), "red"))
	for range 3 {
		_ = executor.Run(func() error { return errors.New("no database") })
	}
	// Output: red hystrix: call not allowed
}

func ExampleDefaultClassifier() {
	ctx := context.Background()
	fmt.Println(circuitfailsafe.DefaultClassifier(ctx, nil))
	fmt.Println(circuitfailsafe.DefaultClassifier(ctx, errors.New("no database")))
	fmt.Println(circuitfailsafe.DefaultClassifier(ctx, circuithttp.StatusError(http.StatusNotFound)))
	fmt.Println(circuitfailsafe.DefaultClassifier(ctx, context.Canceled))
	// Output:
	// success
	// failure
	// success
	// ignored
}
