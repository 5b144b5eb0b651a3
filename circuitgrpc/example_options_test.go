package circuitgrpc_test

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
	"github.com/go-fusebox/fusebox/core/sre"
)

// try makes n calls to a broken server through an interceptor with these options.
func try(n int, opts ...circuitgrpc.Option) error {
	addr, stop := startBroken()
	defer stop()
	client, done := newClient(addr, grpc.WithChainUnaryInterceptor(circuitgrpc.UnaryClientInterceptor(opts...)))
	defer done()
	var err error
	for range n {
		_, err = client.UnaryCall(context.Background(), &pb.SimpleRequest{})
	}
	return err
}

func ExampleWithBreaker() {
	_ = try(1, circuitgrpc.WithBreaker(func(method string) circuit.Breaker {
		fmt.Println("a breaker for", method)
		b, err := sre.New(sre.Config{K: 1.5})
		if err != nil {
			panic(err)
		}
		return b
	}))
	// Output: a breaker for /grpc.testing.TestService/UnaryCall
}

func ExampleWithKey() {
	g := group.New(guard.DefaultBreaker)
	// One breaker for each service, not for each method.
	_ = try(1, circuitgrpc.WithGroup(g), circuitgrpc.WithKey(func(_ context.Context, target, method string) string {
		return path.Dir(method)
	}))
	for key := range g.All() {
		fmt.Println(key)
	}
	// Output: /grpc.testing.TestService
}

func ExampleWithClassifier() {
	// This server's Internal errors say nothing about its health.
	err := try(10, circuitgrpc.WithBreaker(threeInARow),
		circuitgrpc.WithClassifier(circuitgrpc.Codes(codes.Unavailable, codes.DeadlineExceeded)))
	fmt.Println(status.Code(err))
	// Output: Internal
}

func ExampleWithRefusal() {
	err := try(4, circuitgrpc.WithBreaker(threeInARow),
		circuitgrpc.WithRefusal(func(r *circuitgrpc.Refusal) error {
			return fmt.Errorf("%s is taking a break: %w", path.Base(r.Method()), r)
		}))
	fmt.Println(err)
	fmt.Println(status.Code(err), errors.Is(err, circuit.ErrNotAllowed))
	// Output:
	// UnaryCall is taking a break: circuitgrpc: circuit breaker refused /grpc.testing.TestService/UnaryCall
	// Unavailable true
}

func ExampleWithFallback() {
	err := try(4, circuitgrpc.WithBreaker(threeInARow),
		circuitgrpc.WithFallback(func(_ context.Context, method string, _, reply any, err error) error {
			fmt.Println(path.Base(method), status.Code(err), errors.Is(err, circuit.ErrNotAllowed))
			if r, ok := reply.(*pb.SimpleResponse); ok {
				r.Username = "nobody"
				return nil
			}
			return err
		}))
	fmt.Println(err)
	// Output:
	// UnaryCall Internal false
	// UnaryCall Internal false
	// UnaryCall Internal false
	// UnaryCall Unavailable true
	// <nil>
}

func ExampleWithServerFallback() {
	addr, stop := startBroken(grpc.ChainUnaryInterceptor(circuitgrpc.UnaryServerInterceptor(
		circuitgrpc.WithServerFallback(func(_ context.Context, _ string, req any, err error) (any, error) {
			if _, ok := req.(*pb.SimpleRequest); ok {
				return &pb.SimpleResponse{Username: "nobody"}, nil
			}
			return nil, err
		}))))
	defer stop()
	client, done := newClient(addr)
	defer done()

	resp, err := client.UnaryCall(context.Background(), &pb.SimpleRequest{})
	fmt.Println(resp.GetUsername(), err)
	// Output: nobody <nil>
}

func ExampleWithObserver() {
	_ = try(5, circuitgrpc.WithBreaker(threeInARow), circuitgrpc.WithObserver(func(e circuit.Event) {
		fmt.Printf("%s: %v to %v, %s\n", path.Base(e.Key), e.From, e.To, e.Reason)
	}))
	// Output: UnaryCall: closed to open, consecutive failures
}

// One interceptor for several connections.
func ExampleWithTargets() {
	shared := circuitgrpc.UnaryClientInterceptor(circuitgrpc.WithTargets(), circuitgrpc.WithBreaker(func(key string) circuit.Breaker {
		fmt.Println("a breaker for", key)
		return threeInARow(key)
	}))
	invoke := func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error { return nil }
	for _, target := range []string{"db-1.internal:9000", "db-2.internal:9000"} {
		conn, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithUnaryInterceptor(shared))
		if err != nil {
			fmt.Println(err)
			return
		}
		_ = shared(context.Background(), "/shop.Orders/Get", nil, nil, conn, invoke) // as conn does for a call
		_ = conn.Close()
	}
	// Output:
	// a breaker for db-1.internal:9000/shop.Orders/Get
	// a breaker for db-2.internal:9000/shop.Orders/Get
}

func ExampleCodes() {
	classify := circuitgrpc.Codes(codes.Unavailable)
	ctx := context.Background()
	fmt.Println(classify(ctx, status.Error(codes.Unavailable, "")))
	fmt.Println(classify(ctx, status.Error(codes.Internal, "")))
	fmt.Println(classify(ctx, status.Error(codes.Canceled, "")))
	// Output:
	// failure
	// success
	// ignored
}

func ExampleDefaultClassifier() {
	ctx := context.Background()
	fmt.Println(circuitgrpc.DefaultClassifier(ctx, status.Error(codes.ResourceExhausted, "")))
	fmt.Println(circuitgrpc.DefaultClassifier(ctx, status.Error(codes.NotFound, "")))
	// Output:
	// overload
	// success
}

func ExampleRefusal() {
	err := try(4, circuitgrpc.WithBreaker(threeInARow))
	if refusal, ok := errors.AsType[*circuitgrpc.Refusal](err); ok {
		_, known := circuit.RetryAfter(err)
		fmt.Println(refusal.Method(), known)
	}
	// Output: /grpc.testing.TestService/UnaryCall true
}

func ExampleNewRefusal() {
	err := error(circuitgrpc.NewRefusal("/helloworld.v1.Greeter/SayHello", circuit.ErrNotAllowed))
	fmt.Println(status.Code(err), errors.Is(err, circuit.ErrNotAllowed))
	// Output: Unavailable true
}

// An adapter of one's own ends a permit so.
func ExampleResultOf() {
	ctx := context.Background()
	err := circuitgrpc.StatusOf(circuit.NewRefusal("backend", func() (time.Duration, bool) { return time.Minute, true })).Err()
	r := circuitgrpc.ResultOf(ctx, err, circuitgrpc.DefaultClassifier(ctx, err))
	fmt.Println(r.Outcome, r.RetryAfter)
	err = status.Error(codes.DeadlineExceeded, "")
	r = circuitgrpc.ResultOf(ctx, err, circuitgrpc.DefaultClassifier(ctx, err))
	fmt.Println(r.Outcome, r.Kind)
	// Output:
	// overload 1m0s
	// failure timeout
}
