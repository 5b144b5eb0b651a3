package circuitgrpc_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// attempts are the four kinds of calls, each up to its first answer.
var attempts = []struct {
	method string
	call   func(context.Context, pb.TestServiceClient) error
}{
	{unaryMethod, func(ctx context.Context, c pb.TestServiceClient) error {
		_, err := c.UnaryCall(ctx, asking(codes.OK))
		return err
	}},
	{downloadMethod, func(ctx context.Context, c pb.TestServiceClient) error {
		stream, err := c.StreamingOutputCall(ctx, request)
		if err != nil {
			return err
		}
		return drain(stream)
	}},
	{uploadMethod, func(ctx context.Context, c pb.TestServiceClient) error {
		stream, err := c.StreamingInputCall(ctx)
		if err != nil {
			return err
		}
		_, err = stream.CloseAndRecv()
		return err
	}},
	{bidiMethod, func(ctx context.Context, c pb.TestServiceClient) error {
		stream, err := c.FullDuplexCall(ctx)
		if err != nil {
			return err
		}
		if err := stream.CloseSend(); err != nil {
			return err
		}
		return drain(stream)
	}},
}

func serving() *service {
	s := sends(1, nil)
	s.unary = answers().unary
	return s
}

func TestRule14RefusedByTheClient(t *testing.T) {
	s := serving()
	l := connect(t, s)
	for _, a := range attempts {
		force(t, l.client, a.method, circuit.ForceOpen)
		err := a.call(t.Context(), l)
		refused := &circuitgrpc.Refusal{}
		if !errors.As(err, &refused) || refused.Method() != a.method || !errors.Is(err, circuit.ErrNotAllowed) {
			t.Errorf("%s: %v, want a Refusal that matches ErrNotAllowed", a.method, err)
		}
		want := "circuitgrpc: circuit breaker refused " + a.method
		if st := status.Convert(err); st.Code() != codes.Unavailable || st.Message() != want || err.Error() != want {
			t.Errorf("status is %v, error %v", st, err)
		}
		wantTotal(t, l.client, a.method, circuit.Counts{Refused: 1})
		force(t, l.client, a.method, circuit.Auto)
		if err := a.call(t.Context(), l); err != nil {
			t.Errorf("%s after the breaker closed: %v", a.method, err)
		}
		wantTotal(t, l.client, a.method, circuit.Counts{Refused: 1, Successes: 1})
	}
	if got := s.served.Load(); got != int64(len(attempts)) {
		t.Errorf("%d calls reached the server, want %d: a refused one sends nothing", got, len(attempts))
	}
}

func TestRule14RefusedByTheServer(t *testing.T) {
	s := serving()
	l := connect(t, s)
	for _, a := range attempts {
		force(t, l.server, a.method, circuit.ForceOpen)
		err := a.call(t.Context(), l)
		if st := status.Convert(err); st.Code() != codes.Unavailable || st.Message() != "circuitgrpc: circuit breaker refused "+a.method {
			t.Errorf("%s: the client got %v, want Unavailable", a.method, err)
		}
		if errors.Is(err, circuit.ErrNotAllowed) {
			t.Errorf("%s: the server's refusal is taken for the client's own", a.method)
		}
		wantTotal(t, l.server, a.method, circuit.Counts{Refused: 1})
		wantTotal(t, l.client, a.method, circuit.Counts{Failures: 1})
	}
	if got := s.served.Load(); got != 0 {
		t.Errorf("%d refused calls reached a handler", got)
	}
}

func TestRule14RetryInfo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := hystrixGroup(hystrix.Config{
			ConsecutiveFailures: 1, ErrorPercentThreshold: -1, SleepWindow: 4 * time.Second, SleepJitter: -1,
		})
		intercept := circuitgrpc.UnaryServerInterceptor(circuitgrpc.WithGroup(g))
		call := func() error {
			_, err := intercept(t.Context(), nil, &grpc.UnaryServerInfo{FullMethod: unaryMethod},
				func(context.Context, any) (any, error) { return nil, errors.New("boom") })
			return err
		}
		_ = call()
		time.Sleep(time.Second)
		err := call()
		for _, left := range []time.Duration{3 * time.Second, 2 * time.Second} {
			if got, known := circuit.RetryAfter(err); !known || got != left {
				t.Errorf("RetryAfter = %v, %v, want %v", got, known, left)
			}
			details := status.Convert(err).Details()
			if len(details) != 1 {
				t.Fatalf("details are %v, want one", details)
			}
			info, is := details[0].(*errdetails.RetryInfo)
			if !is || info.GetRetryDelay().AsDuration() != left {
				t.Errorf("detail is %v, want a RetryInfo of %v", details[0], left)
			}
			time.Sleep(time.Second)
		}
		time.Sleep(time.Second) // the sleep window is over
		if details := status.Convert(err).Details(); len(details) != 0 {
			t.Errorf("details are %v when nothing is known", details)
		}
	})
}

func TestRule14RetryInfoReachesTheClient(t *testing.T) {
	g := hystrixGroup(hystrix.Config{ConsecutiveFailures: 1, ErrorPercentThreshold: -1, SleepWindow: time.Hour, SleepJitter: -1})
	_, addr := serve(t, answers(), guarded(g)...)
	client := pb.NewTestServiceClient(dial(t, addr))
	_, _ = client.UnaryCall(t.Context(), asking(codes.Internal))
	_, err := client.UnaryCall(t.Context(), asking(codes.OK))
	details := status.Convert(err).Details()
	if len(details) != 1 {
		t.Fatalf("%v: details are %v, want a RetryInfo", err, details)
	}
	after := details[0].(*errdetails.RetryInfo).GetRetryDelay().AsDuration()
	if after <= 59*time.Minute || after > time.Hour {
		t.Errorf("RetryInfo says %v, want a little less than %v", after, time.Hour)
	}
}

// A handler that calls on and is refused there passes the refusal on; its own
// breaker does not hold that against it.
func TestRule1RefusalFurtherDownIsIgnored(t *testing.T) {
	back := connect(t, answers())
	force(t, back.client, unaryMethod, circuit.ForceOpen)
	front := connect(t, &service{unary: func(ctx context.Context, r *pb.SimpleRequest) (*pb.SimpleResponse, error) {
		resp, err := back.UnaryCall(ctx, r)
		if err != nil {
			return nil, fmt.Errorf("back: %w", err)
		}
		return resp, nil
	}})
	_, err := front.UnaryCall(t.Context(), asking(codes.OK))
	if st := status.Convert(err); st.Code() != codes.Unavailable {
		t.Errorf("the client got %v, want Unavailable", err)
	}
	wantTotal(t, back.client, unaryMethod, circuit.Counts{Refused: 1})
	wantTotal(t, front.server, unaryMethod, circuit.Counts{Ignored: 1})
}
