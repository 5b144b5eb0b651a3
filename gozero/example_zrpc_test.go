package gozero_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zeromicro/go-zero/zrpc"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/gozero"
)

// afterThree opens a breaker at the third failure in a row.
func afterThree(string) circuit.Breaker {
	b, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 3, SleepWindow: time.Minute})
	if err != nil {
		panic(err)
	}
	return b
}

// One line installs the breaker, and another engine is one option.
func ExampleUnaryClientInterceptor() {
	addr, stop := failingServer(nil)
	defer stop()

	c := zrpc.RpcClientConf{Endpoints: []string{addr}} // Middlewares.Breaker is false
	client := zrpc.MustNewClient(c,
		zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor(gozero.WithBreaker(afterThree))))
	defer client.Conn().Close()

	for range 4 {
		_, err := invoke(context.Background(), client.Conn(), "/test.Echo/Say", "hello")
		fmt.Println(status.Code(err), "refused:", errors.Is(err, circuit.ErrNotAllowed))
	}
	// Output:
	// Unavailable refused: false
	// Unavailable refused: false
	// Unavailable refused: false
	// Unavailable refused: true
}

// Streams count when they end: the fourth one is not opened.
func ExampleStreamClientInterceptor() {
	addr, stop := failingServer(nil)
	defer stop()

	c := zrpc.RpcClientConf{Endpoints: []string{addr}}
	client := zrpc.MustNewClient(c,
		zrpc.WithStreamClientInterceptor(gozero.StreamClientInterceptor(gozero.WithBreaker(afterThree))))
	defer client.Conn().Close()

	for range 4 {
		stream, err := client.Conn().NewStream(context.Background(), talkDesc, "/test.Echo/Talk")
		if err == nil {
			err = stream.RecvMsg(&wrapperspb.StringValue{})
		}
		fmt.Println(status.Code(err), "refused:", errors.Is(err, circuit.ErrNotAllowed))
	}
	// Output:
	// Unavailable refused: false
	// Unavailable refused: false
	// Unavailable refused: false
	// Unavailable refused: true
}

// On a server, with Middlewares.Breaker false in its configuration. The client
// sees the refusal as a status of code Unavailable.
func ExampleUnaryServerInterceptor() {
	addr, stop := failingServer(func(s *zrpc.RpcServer) {
		s.AddUnaryInterceptors(gozero.UnaryServerInterceptor(gozero.WithBreaker(afterThree)))
	})
	defer stop()

	client := zrpc.MustNewClient(zrpc.RpcClientConf{Endpoints: []string{addr}})
	defer client.Conn().Close()

	for range 4 {
		_, err := invoke(context.Background(), client.Conn(), "/test.Echo/Say", "hello")
		fmt.Println(status.Convert(err).Message())
	}
	// Output:
	// down
	// down
	// down
	// gozero: hystrix: call not allowed
}

func ExampleStreamServerInterceptor() {
	addr, stop := failingServer(func(s *zrpc.RpcServer) {
		s.AddStreamInterceptors(gozero.StreamServerInterceptor(gozero.WithBreaker(afterThree)))
	})
	defer stop()

	client := zrpc.MustNewClient(zrpc.RpcClientConf{Endpoints: []string{addr}})
	defer client.Conn().Close()

	for range 4 {
		stream, err := client.Conn().NewStream(context.Background(), talkDesc, "/test.Echo/Talk")
		if err == nil {
			err = stream.RecvMsg(&wrapperspb.StringValue{})
		}
		fmt.Println(status.Code(err), status.Convert(err).Message() == "down")
	}
	// Output:
	// Unavailable true
	// Unavailable true
	// Unavailable true
	// Unavailable false
}

// go-zero's own set of codes in place of the house's.
func ExampleGoZeroCodes() {
	interceptor := gozero.UnaryClientInterceptor(gozero.WithClassifier(gozero.GoZeroCodes))
	_ = zrpc.WithUnaryClientInterceptor(interceptor)

	err := errors.New("an error without a status, code Unknown")
	fmt.Println(gozero.DefaultClassifier(context.Background(), err))
	fmt.Println(gozero.GoZeroCodes(context.Background(), err))
	// Output:
	// failure
	// success
}

// One breaker for each target, all its methods together.
func ExampleWithKey() {
	addr, stop := failingServer(nil)
	defer stop()

	client := zrpc.MustNewClient(zrpc.RpcClientConf{Endpoints: []string{addr}},
		zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor(gozero.WithBreaker(afterThree),
			gozero.WithKey(func(_ context.Context, target, _ string) string { return target }))))
	defer client.Conn().Close()

	for range 3 {
		_, _ = invoke(context.Background(), client.Conn(), "/test.Echo/Say", "hello")
	}
	_, err := invoke(context.Background(), client.Conn(), "/test.Echo/Other", "hello")
	fmt.Println(errors.Is(err, circuit.ErrNotAllowed))
	// Output: true
}

// A stale answer is often better than none.
func ExampleWithFallback() {
	addr, stop := failingServer(nil)
	defer stop()

	cached := func(_ context.Context, _ string, _, reply any, _ error) error {
		reply.(*wrapperspb.StringValue).Value = "hello from the cache"
		return nil
	}
	client := zrpc.MustNewClient(zrpc.RpcClientConf{Endpoints: []string{addr}},
		zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor(gozero.WithFallback(cached))))
	defer client.Conn().Close()

	fmt.Println(invoke(context.Background(), client.Conn(), "/test.Echo/Say", "hello"))
	// Output: hello from the cache <nil>
}
