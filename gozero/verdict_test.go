package gozero_test

import (
	"context"
	"testing"

	"github.com/zeromicro/go-zero/core/breaker"
	"google.golang.org/grpc"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/gozero"
)

// A handler that is done just after its context ended, whatever it returns: its
// client was told DeadlineExceeded, or is gone. Which of the two ends is seen
// first must make no difference.
func TestContextThatEndedOutweighsWhatTheHandlerReturns(t *testing.T) {
	expired, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	left, leave := context.WithCancel(t.Context())
	leave()
	for _, test := range []struct {
		name string
		ctx  context.Context
		want circuit.Counts
	}{
		{"deadline", expired, circuit.Counts{Failures: 100}},
		{"caller left", left, circuit.Counts{Ignored: 100}},
	} {
		g := group.New(func(string) circuit.Breaker { return newHystrix(hystrix.Config{RequestVolumeThreshold: 1000}) })
		interceptor := gozero.UnaryServerInterceptor(gozero.WithGroup(g))
		for range 100 {
			_, err := interceptor(test.ctx, nil, &grpc.UnaryServerInfo{FullMethod: say},
				func(context.Context, any) (any, error) { return nil, nil })
			must(t, err)
		}
		wantCounts(t, g, say, test.want)
	}
}

// A classifier that panics on the verdict at the deadline must not take the
// process down: there is no caller to unwind to. The call is a failure.
func TestPanicOfTheClassifierAtTheDeadlineIsContained(t *testing.T) {
	g := group.New(tripping)
	interceptor := gozero.UnaryServerInterceptor(gozero.WithGroup(g),
		gozero.WithClassifier(func(ctx context.Context, _ error) circuit.Outcome {
			if ctx.Err() != nil {
				panic("classifier")
			}
			return circuit.Success
		}))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	func() {
		defer func() {
			if p := recover(); p != "classifier" {
				t.Errorf("the caller's own goroutine recovered %v, want the panic", p)
			}
		}()
		_, _ = interceptor(ctx, nil, &grpc.UnaryServerInfo{FullMethod: say}, func(context.Context, any) (any, error) {
			cancel()
			wantCounts(t, g, say, circuit.Counts{Failures: 1})
			return nil, nil
		})
	}()
	wantCounts(t, g, say, circuit.Counts{Failures: 1})
}

// A server's stream that ended because go-zero's own breaker, further down,
// refused a call says nothing about the handler.
func TestStockRefusalFurtherDownIsIgnoredOnStreams(t *testing.T) {
	g := group.New(tripping)
	err := gozero.StreamServerInterceptor(gozero.WithGroup(g))(nil, serverStream{ctx: t.Context()},
		&grpc.StreamServerInfo{FullMethod: talk}, func(any, grpc.ServerStream) error { return breaker.ErrServiceUnavailable })
	if err != breaker.ErrServiceUnavailable { //nolint:errorlint // it has to come through unchanged
		t.Errorf("got %v, want the handler's own error", err)
	}
	wantCounts(t, g, talk, circuit.Counts{Ignored: 1})
}
