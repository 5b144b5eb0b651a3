package circuitgrpc_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"google.golang.org/grpc"
	pb "google.golang.org/grpc/interop/grpc_testing"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// bareStream is a server's stream of which only the context is used.
type bareStream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s bareStream) Context() context.Context { return s.ctx }

const someMethod = "/package.Service/Method"

// direct calls each interceptor over something that runs f and then fails.
var direct = map[string]func(f func(), opts ...circuitgrpc.Option){
	"unary client": func(f func(), opts ...circuitgrpc.Option) {
		_ = circuitgrpc.UnaryClientInterceptor(opts...)(context.Background(), someMethod, nil, nil, nil,
			func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error {
				f()
				return errBoom
			})
	},
	"stream client": func(f func(), opts ...circuitgrpc.Option) {
		_, _ = circuitgrpc.StreamClientInterceptor(opts...)(context.Background(), &grpc.StreamDesc{}, nil, someMethod,
			func(context.Context, *grpc.StreamDesc, *grpc.ClientConn, string, ...grpc.CallOption) (grpc.ClientStream, error) {
				f()
				return nil, errBoom
			})
	},
	"unary server": func(f func(), opts ...circuitgrpc.Option) {
		_, _ = circuitgrpc.UnaryServerInterceptor(opts...)(context.Background(), nil,
			&grpc.UnaryServerInfo{FullMethod: someMethod}, func(context.Context, any) (any, error) { f(); return nil, errBoom })
	},
	"stream server": func(f func(), opts ...circuitgrpc.Option) {
		_ = circuitgrpc.StreamServerInterceptor(opts...)(nil, bareStream{ctx: context.Background()},
			&grpc.StreamServerInfo{FullMethod: someMethod}, func(any, grpc.ServerStream) error { f(); return errBoom })
	},
}

var errBoom = errors.New("boom")

// panics runs f, and demands the panic with that value.
func panics(t *testing.T, value any, f func()) {
	t.Helper()
	defer func() {
		if p := recover(); p != value {
			t.Errorf("recovered %v, want the panic with %v", p, value)
		}
	}()
	f()
}

// What is called does not return: that counts as a failure, and the panic or the
// Goexit goes on.
func TestRule2PanicsAndGoexits(t *testing.T) {
	for name, call := range direct {
		t.Run(name, func(t *testing.T) {
			g := counting()
			panics(t, errBoom, func() { call(func() { panic(errBoom) }, circuitgrpc.WithGroup(g)) })
			wantTotal(t, g, someMethod, circuit.Counts{Failures: 1})
			gone := make(chan bool)
			go func() {
				defer close(gone)
				call(runtime.Goexit, circuitgrpc.WithGroup(g))
				gone <- true
			}()
			if <-gone {
				t.Error("a Goexit was stopped")
			}
			wantTotal(t, g, someMethod, circuit.Counts{Failures: 2})
		})
	}
}

// A classifier that panics is a failure too.
func TestRule2ClassifierPanics(t *testing.T) {
	for name, call := range direct {
		t.Run(name, func(t *testing.T) {
			g := counting()
			broken := circuitgrpc.WithClassifier(func(context.Context, error) circuit.Outcome { panic(errBoom) })
			panics(t, errBoom, func() { call(func() {}, circuitgrpc.WithGroup(g), broken) })
			wantTotal(t, g, someMethod, circuit.Counts{Failures: 1})
		})
	}
}

// A probe whose stream is dropped unread, on a context that lives on, never ends.
// It must not hold the half-open breaker up for ever.
func TestRule2DroppedStreamDoesNotWedge(t *testing.T) {
	g := hystrixGroup(hystrix.Config{
		ConsecutiveFailures: 1, ErrorPercentThreshold: -1,
		SleepWindow: time.Millisecond, SleepJitter: -1, ProbeLifetime: 300 * time.Millisecond,
	})
	s := sends(1000, nil)
	broken := true
	download := s.download
	s.download = func(r *pb.StreamingOutputCallRequest, out downloadServer) error {
		if broken {
			return errors.New("broken")
		}
		return download(r, out)
	}
	_, addr := serve(t, s)
	client := pb.NewTestServiceClient(dial(t, addr, guarding(g)...))
	stream, err := client.StreamingOutputCall(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if err := drain(stream); err == nil {
		t.Fatal("the server was to fail")
	}
	wantState(t, g, downloadMethod, circuit.Open)
	broken = false
	var probe downloadClient
	eventually(t, "a probe", func() bool {
		probe, err = client.StreamingOutputCall(t.Context(), request)
		return err == nil
	})
	mustRecv(t, probe) // and nobody reads on
	wantState(t, g, downloadMethod, circuit.HalfOpen)
	if _, err := client.StreamingOutputCall(t.Context(), request); !errors.Is(err, circuit.ErrNotAllowed) {
		t.Errorf("beside the probe: %v, want a refusal", err)
	}
	eventually(t, "another probe", func() bool {
		stream, err = client.StreamingOutputCall(t.Context(), request)
		return err == nil
	})
	if err := drain(stream); err != nil {
		t.Fatal(err)
	}
	wantState(t, g, downloadMethod, circuit.Closed)
}

func wantState(t testing.TB, g *group.Group, key string, want circuit.State) {
	t.Helper()
	if got := snapshot(g, key).State; got != want {
		t.Fatalf("%s is %v, want %v", key, got, want)
	}
}
