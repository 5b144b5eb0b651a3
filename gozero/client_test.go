package gozero_test

import (
	"context"
	"errors"
	"fmt"
	"path"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/core/breaker"
	"github.com/zeromicro/go-zero/zrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/sre"
	"github.com/go-fusebox/fusebox/gozero"
)

// The stock breaker is swapped for ours in a real client, and healthy traffic
// must not see the difference.
func TestHealthyTrafficAsWithTheStockBreaker(t *testing.T) {
	e := &echo{}
	addr := serve(t, e, nil, nil)
	g := group.New(tripping)
	stock := dial(t, addr, func(c *zrpc.RpcClientConf) { c.Middlewares.Breaker = true })
	ours := dial(t, addr, nil, zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor(gozero.WithGroup(g))))
	for i := range 100 {
		in := fmt.Sprint("hello ", i)
		a, errA := invoke(t.Context(), stock, say, in)
		b, errB := invoke(t.Context(), ours, say, in)
		if a != in || b != in || errA != nil || errB != nil {
			t.Fatalf("call %d: stock %q, %v; ours %q, %v", i, a, errA, b, errB)
		}
	}
	key := path.Join(ours.Target(), say)
	wantCounts(t, g, key, circuit.Counts{Successes: 100})
	if found := keys(g); len(found) != 1 {
		t.Errorf("keys %v, want go-zero's own name %q alone", found, key)
	}
}

// Rule 1: the breaker counts its refusals apart from failures, and nobody marks
// them. Rule 14: a refusal looks native.
func TestRule1And14_RefusedCallIsNotMarkedAndLooksNative(t *testing.T) {
	e := &echo{say: func(context.Context, string) (string, error) { return "", status.Error(codes.Unavailable, "down") }}
	g := group.New(tripping)
	conn := dial(t, serve(t, e, nil, nil), nil,
		zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor(gozero.WithGroup(g))))
	for i := range 10 {
		if _, err := invoke(t.Context(), conn, say, ""); status.Convert(err).Message() != "down" {
			t.Fatalf("call %d: %v, want the server's own error", i, err)
		}
	}
	for range 5 {
		_, err := invoke(t.Context(), conn, say, "")
		wantRefusal(t, err)
		if after, ok := circuit.RetryAfter(err); !ok || after < 59*time.Minute {
			t.Errorf("RetryAfter %v, %v; want about the sleep window of 1h", after, ok)
		}
		if details := status.Convert(err).Details(); len(details) != 1 {
			t.Errorf("details %v, want a RetryInfo", details)
		}
	}
	wantCounts(t, g, path.Join(conn.Target(), say), circuit.Counts{Failures: 10, Refused: 5})
	if got := e.called.Load(); got != 10 {
		t.Errorf("the server was asked %d times, want 10", got)
	}
	if out, err := invoke(t.Context(), conn, other, "still here"); out != "still here" || err != nil {
		t.Errorf("the healthy method beside it: %q, %v", out, err)
	}
}

// Rule 4, beside the stock breaker: go-zero counts a cancelled call as a success,
// so that callers who give up hide a backend that is down.
func TestRule4_CancelledCallsDoNotHideFailures(t *testing.T) {
	e := &echo{say: func(_ context.Context, in string) (string, error) {
		if in == "cancelled" {
			return "", status.Error(codes.Canceled, in)
		}
		return "", status.Error(codes.Unavailable, in)
	}}
	refusals := func(t *testing.T, conn *grpc.ClientConn) (n int) {
		t.Helper()
		for range 200 {
			if _, err := invoke(t.Context(), conn, say, "cancelled"); status.Code(err) != codes.Canceled {
				t.Fatal(err)
			}
		}
		for range 40 {
			if _, err := invoke(t.Context(), conn, say, "down"); errors.Is(err, breaker.ErrServiceUnavailable) {
				n++
			}
		}
		return n
	}
	t.Run("stock", func(t *testing.T) {
		conn := dial(t, serve(t, e, nil, nil), func(c *zrpc.RpcClientConf) { c.Middlewares.Breaker = true })
		if n := refusals(t, conn); n != 0 {
			t.Errorf("stock refused %d calls; it is no longer fooled, so say so in the docs", n)
		}
	})
	t.Run("ours", func(t *testing.T) {
		sameSettings := gozero.WithBreaker(func(string) circuit.Breaker { return newSRE(sre.GoZero()) })
		conn := dial(t, serve(t, e, nil, nil), nil,
			zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor(sameSettings)))
		if n := refusals(t, conn); n == 0 {
			t.Error("refused nothing: the cancelled calls counted as successes")
		}
	})
}

func TestRule4_CallersOwnCancelIsIgnoredAndADeadlineIsAFailure(t *testing.T) {
	arrived := make(chan struct{})
	e := &echo{say: func(ctx context.Context, _ string) (string, error) {
		arrived <- struct{}{}
		<-ctx.Done()
		return "", ctx.Err()
	}}
	g := group.New(tripping)
	conn := dial(t, serve(t, e, nil, nil), nil,
		zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor(gozero.WithGroup(g))))
	key := path.Join(conn.Target(), say)

	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	if _, err := invoke(ctx, conn, say, ""); status.Code(err) != codes.Canceled {
		t.Fatal(err)
	}
	wantCounts(t, g, key, circuit.Counts{Ignored: 1})

	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	go func() { <-arrived }()
	if _, err := invoke(ctx, conn, say, ""); status.Code(err) != codes.DeadlineExceeded {
		t.Fatal(err)
	}
	wantCounts(t, g, key, circuit.Counts{Ignored: 1, Failures: 1})
}

// The client's own timeout, as configured in go-zero, is a failure of the callee.
func TestClientTimeoutIsAFailure(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	e := &echo{say: func(context.Context, string) (string, error) { <-release; return "", nil }}
	g := group.New(tripping)
	conn := dial(t, serve(t, e, nil, nil), func(c *zrpc.RpcClientConf) { c.Timeout = 50 },
		zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor(gozero.WithGroup(g))))
	if _, err := invoke(t.Context(), conn, say, ""); status.Code(err) != codes.DeadlineExceeded {
		t.Fatal(err)
	}
	wantCounts(t, g, path.Join(conn.Target(), say), circuit.Counts{Failures: 1})
}

func TestClientFallbackGetsARefusal(t *testing.T) {
	conn := dial(t, serve(t, &echo{}, nil, nil), nil, zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor(
		gozero.WithBreaker(forcedOpen),
		gozero.WithFallback(func(_ context.Context, method string, _, _ any, err error) error {
			wantRefusal(t, err)
			return fmt.Errorf("instead of %s", method)
		}))))
	if _, err := invoke(t.Context(), conn, say, ""); err == nil || err.Error() != "instead of "+say {
		t.Errorf("got %v, want the fallback's error", err)
	}
}
