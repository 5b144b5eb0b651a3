package circuitgrpc_test

import (
	"context"
	"fmt"
	"path"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

// ledger takes down what an observer of refusals hears: key and call, which the
// client sends along, with the error.
type ledger struct {
	mu   sync.Mutex
	told map[string][]error
}

func (l *ledger) observe(ctx context.Context, key string, err error) {
	md, ok := metadata.FromIncomingContext(ctx)
	if !ok {
		md, _ = metadata.FromOutgoingContext(ctx)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.told == nil {
		l.told = map[string][]error{}
	}
	at := key + " " + strings.Join(md.Get("call"), "")
	l.told[at] = append(l.told[at], err)
}

// want demands that each of the calls 0 to n-1 was told of once under the key, with
// the very error of the breaker, which is to have refused as many.
func (l *ledger) want(t *testing.T, g *group.Group, key string, n int) {
	t.Helper()
	if got := total(g, key).Refused; got != uint64(n) {
		t.Errorf("%s: the breaker refused %d calls, want %d", key, got, n)
	}
	_, own := circuit.Acquire(g.Get(key))
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range n {
		at := fmt.Sprint(key, " ", i)
		if told := l.told[at]; len(told) != 1 || told[0] != own { //nolint:errorlint // the very same
			t.Errorf("%s: told %v, want %v once", at, told, own)
		}
		delete(l.told, at)
	}
	for at := range l.told {
		if strings.HasPrefix(at, key+" ") {
			t.Errorf("%s: was told, too", at)
		}
	}
}

const refusedCalls = 20

// call makes them all, several at a time.
func callAll(t *testing.T, cc *grpc.ClientConn) {
	t.Helper()
	var all sync.WaitGroup
	for _, a := range attempts {
		for i := range refusedCalls {
			all.Go(func() {
				ctx := metadata.AppendToOutgoingContext(t.Context(), "call", fmt.Sprint(i))
				if err := a.call(ctx, pb.NewTestServiceClient(cc)); err == nil {
					t.Errorf("%s was not refused", a.method)
				}
			})
		}
	}
	all.Wait()
}

func TestRefusalObserverOfAClient(t *testing.T) {
	_, addr := serve(t, serving())
	for name, key := range map[string]struct {
		option circuitgrpc.Option
		of     func(target, method string) string
	}{
		"by method": {nil, func(_, method string) string { return method }},
		"by target": {circuitgrpc.WithTargets(), func(target, method string) string { return path.Join(target, method) }},
		"by a key": {
			circuitgrpc.WithKey(func(_ context.Context, _, method string) string { return "our" + method }),
			func(_, method string) string { return "our" + method },
		},
	} {
		t.Run(name, func(t *testing.T) {
			var l ledger
			g := forcedOpen()
			cc := dial(t, addr, guarding(g, key.option, circuitgrpc.WithRefusalObserver(l.observe), circuitgrpc.WithRefusalObserver(nil))...)
			callAll(t, cc)
			for _, a := range attempts {
				l.want(t, g, key.of(cc.Target(), a.method), refusedCalls)
			}
		})
	}
}

func TestRefusalObserverOfAServer(t *testing.T) {
	var l ledger
	g := forcedOpen()
	_, addr := serve(t, serving(), guarded(g, circuitgrpc.WithRefusalObserver(l.observe))...)
	callAll(t, dial(t, addr))
	for _, a := range attempts {
		l.want(t, g, a.method, refusedCalls)
	}
}

// What is admitted, well or not, and what is never refused tells nothing.
func TestRefusalObserverHearsOfRefusalsAlone(t *testing.T) {
	hears := circuitgrpc.WithRefusalObserver(func(_ context.Context, key string, err error) { t.Errorf("heard of %s: %v", key, err) })
	open := forcedOpen()
	srv := grpc.NewServer(guarded(open, hears)...)
	healthpb.RegisterHealthServer(srv, health.NewServer())
	checks := healthpb.NewHealthClient(dial(t, listen(t, srv), guarding(open, hears)...))
	if _, err := checks.Check(t.Context(), &healthpb.HealthCheckRequest{}); err != nil {
		t.Error(err)
	}

	_, addr := serve(t, &service{}, guarded(counting(), hears)...) // whose every method is Unimplemented
	for _, a := range attempts {
		if err := a.call(t.Context(), pb.NewTestServiceClient(dial(t, addr, guarding(counting(), hears)...))); err == nil {
			t.Errorf("%s has no error", a.method)
		}
	}
}

// The observer is told before the fallback answers, on both sides.
func TestRefusalObserverComesBeforeTheFallback(t *testing.T) {
	var happened []string
	tells := func(side string) circuitgrpc.Option {
		return circuitgrpc.WithRefusalObserver(func(context.Context, string, error) { happened = append(happened, side) })
	}
	_, addr := serve(t, answers(), guarded(forcedOpen(), tells("server"), circuitgrpc.WithServerFallback(
		func(context.Context, string, any, error) (any, error) {
			happened = append(happened, "server's fallback")
			return &pb.SimpleResponse{}, nil
		}))...)
	for _, g := range []*group.Group{counting(), forcedOpen()} {
		client := pb.NewTestServiceClient(dial(t, addr, guarding(g, tells("client"), circuitgrpc.WithFallback(
			func(context.Context, string, any, any, error) error {
				happened = append(happened, "client's fallback")
				return nil
			}))...))
		if _, err := client.UnaryCall(t.Context(), &pb.SimpleRequest{}); err != nil {
			t.Error(err)
		}
	}
	if want := "[server server's fallback client client's fallback]"; fmt.Sprint(happened) != want {
		t.Errorf("%v, want %v", happened, want)
	}
}
