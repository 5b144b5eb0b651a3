package circuitgrpc_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

func TestWithKeyOnBothSides(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	key := circuitgrpc.WithKey(func(_ context.Context, target, method string) string {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, target+" "+method)
		return "one for all"
	})
	client, server := counting(), counting()
	s := serving()
	_, addr := serve(t, s, guarded(server, key)...)
	cc := dial(t, addr, guarding(client, key)...)
	for _, a := range attempts {
		if err := a.call(t.Context(), pb.NewTestServiceClient(cc)); err != nil {
			t.Fatal(err)
		}
	}
	want := circuit.Counts{Successes: 4}
	wantTotal(t, client, "one for all", want)
	wantTotal(t, server, "one for all", want)
	for _, a := range attempts {
		for _, line := range []string{addr + " " + a.method, " " + a.method} {
			if !slices.Contains(asked, line) {
				t.Errorf("the key was not asked for %q: %q", line, asked)
			}
		}
	}
}

func TestWithTargetsSeparatesTargets(t *testing.T) {
	g := counting()
	// One interceptor for two connections.
	shared := grpc.WithUnaryInterceptor(circuitgrpc.UnaryClientInterceptor(
		circuitgrpc.WithGroup(g), circuitgrpc.WithTargets()))
	_, good := serve(t, answers())
	_, bad := serve(t, answers())
	for range 3 {
		_, _ = pb.NewTestServiceClient(dial(t, good, shared)).UnaryCall(t.Context(), asking(codes.OK))
		_, _ = pb.NewTestServiceClient(dial(t, bad, shared)).UnaryCall(t.Context(), asking(codes.Internal))
	}
	wantTotal(t, g, good+unaryMethod, circuit.Counts{Successes: 3})
	wantTotal(t, g, bad+unaryMethod, circuit.Counts{Failures: 3})
}

// toTarget calls through the interceptor, on a connection of that target that is never made.
func toTarget(t *testing.T, interceptor grpc.UnaryClientInterceptor, target string) (call func(method string)) {
	t.Helper()
	cc, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cc.Close() })
	ctx, invoke := t.Context(), ends{}.invoke
	return func(method string) { _ = interceptor(ctx, method, nil, nil, cc, invoke) }
}

func TestWithTargetsNamesBreakers(t *testing.T) {
	g := counting()
	shared := circuitgrpc.UnaryClientInterceptor(circuitgrpc.WithGroup(g), circuitgrpc.WithTargets())
	for _, c := range [][2]string{
		{"host:80", "host:80/s/m"},
		{"etcd://host/app", "etcd:/host/app/s/m"}, // as go-zero names its breakers
		{"passthrough:///", "passthrough:/s/m"},
	} {
		call := toTarget(t, shared, c[0])
		call("/s/m") // made
		call("/s/m") // kept
		wantTotal(t, g, c[1], circuit.Counts{Successes: 2})
	}
}

// On a server, and after or before another option for the key.
func TestWithTargetsAndOtherKeys(t *testing.T) {
	one := circuitgrpc.WithKey(func(context.Context, string, string) string { return "one for all" })
	for key, opts := range map[string][]circuitgrpc.Option{
		"one for all": {circuitgrpc.WithTargets(), one},
		someMethod:    {one, circuitgrpc.WithTargets()},
	} {
		g := counting()
		for _, k := range interceptors(nil, append(opts, circuitgrpc.WithGroup(g))...) {
			if strings.HasSuffix(k.name, "Server") {
				k.call()
			}
		}
		wantTotal(t, g, key, circuit.Counts{Successes: 2})
	}
}

// Several targets, and more methods than there are places for the first of each, and
// than are kept, have breakers of their own all the same, from any number of goroutines.
func TestWithTargetsMixesNothingUp(t *testing.T) {
	g := counting()
	shared := circuitgrpc.UnaryClientInterceptor(circuitgrpc.WithGroup(g), circuitgrpc.WithTargets())
	targets := []string{"a:80", "b:80", "c:80"}
	const methods, goroutines, rounds = 500, 4, 2 // 1,500 pairs
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for _, target := range targets {
				call := toTarget(t, shared, target)
				for range rounds {
					for m := range methods {
						call(fmt.Sprint("/s/", m))
					}
				}
			}
		})
	}
	wg.Wait()
	if got := g.Len(); got != len(targets)*methods {
		t.Errorf("there are %d breakers, want %d", got, len(targets)*methods)
	}
	for _, target := range targets {
		for m := range methods {
			wantTotal(t, g, fmt.Sprint(target, "/s/", m), circuit.Counts{Successes: goroutines * rounds})
		}
	}
}

func TestWithTargetsFollowsTheGroup(t *testing.T) {
	g := counting()
	call := toTarget(t, circuitgrpc.UnaryClientInterceptor(circuitgrpc.WithGroup(g), circuitgrpc.WithTargets()), "host:80")
	call("/s/m")
	g.Remove("host:80/s/m")
	call("/s/m")
	wantTotal(t, g, "host:80/s/m", circuit.Counts{Successes: 1})
}

func TestWithFallback(t *testing.T) {
	var why []error
	s := answers()
	_, addr := serve(t, s)
	g := counting()
	client := pb.NewTestServiceClient(dial(t, addr, guarding(g, circuitgrpc.WithFallback(
		func(_ context.Context, method string, req, reply any, err error) error {
			why = append(why, err)
			if req.(*pb.SimpleRequest).GetFillUsername() {
				return status.Error(codes.NotFound, "not even by fallback")
			}
			reply.(*pb.SimpleResponse).Username = "fallback for " + method
			return nil
		}))...))
	for _, c := range []struct {
		name string
		mode circuit.Mode
		req  *pb.SimpleRequest
		user string
		code codes.Code
		err  func(error) bool // of the fallback; nil if it is not to run
	}{
		{"success", circuit.Auto, asking(codes.OK), "server", codes.OK, nil},
		{"the caller's mistake", circuit.Auto, asking(codes.InvalidArgument), "", codes.InvalidArgument, nil},
		{"ignored", circuit.Auto, asking(codes.Canceled), "", codes.Canceled, nil},
		{"failure", circuit.Auto, asking(codes.Internal), "fallback for " + unaryMethod, codes.OK,
			func(err error) bool { return status.Code(err) == codes.Internal }},
		{"refused", circuit.ForceOpen, asking(codes.OK), "fallback for " + unaryMethod, codes.OK,
			func(err error) bool { return errors.Is(err, circuit.ErrNotAllowed) }},
		{"refused, and the fallback fails", circuit.ForceOpen, &pb.SimpleRequest{FillUsername: true}, "", codes.NotFound,
			func(err error) bool { return errors.Is(err, circuit.ErrNotAllowed) }},
	} {
		why = nil
		force(t, g, unaryMethod, c.mode)
		resp, err := client.UnaryCall(t.Context(), c.req)
		if status.Code(err) != c.code || resp.GetUsername() != c.user {
			t.Errorf("%s: %v, %v", c.name, resp, err)
		}
		if c.err == nil && len(why) != 0 || c.err != nil && (len(why) != 1 || !c.err(why[0])) {
			t.Errorf("%s: the fallback got %v", c.name, why)
		}
	}
	wantTotal(t, g, unaryMethod, circuit.Counts{Successes: 2, Failures: 1, Ignored: 1, Refused: 2})
}

func TestWithServerFallback(t *testing.T) {
	var why []error
	s := answers()
	g := counting()
	_, addr := serve(t, s, guarded(g, circuitgrpc.WithServerFallback(
		func(_ context.Context, method string, _ any, err error) (any, error) {
			why = append(why, err)
			return &pb.SimpleResponse{Username: "fallback for " + method}, nil
		}))...)
	client := pb.NewTestServiceClient(dial(t, addr))
	for _, code := range []codes.Code{codes.OK, codes.NotFound} {
		if _, err := client.UnaryCall(t.Context(), asking(code)); status.Code(err) != code {
			t.Errorf("%v, want %v", err, code)
		}
	}
	if len(why) != 0 {
		t.Errorf("the fallback ran for %v", why)
	}
	for _, mode := range []circuit.Mode{circuit.Auto, circuit.ForceOpen} {
		force(t, g, unaryMethod, mode)
		resp, err := client.UnaryCall(t.Context(), asking(codes.Internal))
		if err != nil || resp.GetUsername() != "fallback for "+unaryMethod {
			t.Errorf("%v: %v, %v, want the fallback", mode, resp, err)
		}
	}
	if len(why) != 2 || status.Code(why[0]) != codes.Internal || !errors.Is(why[1], circuit.ErrNotAllowed) {
		t.Errorf("the fallback got %v", why)
	}
	wantTotal(t, g, unaryMethod, circuit.Counts{Successes: 2, Failures: 1, Refused: 1})
}

func TestWithBreakerAndObserver(t *testing.T) {
	var keys []string
	var events []circuit.Event
	breaker := circuitgrpc.WithBreaker(func(key string) circuit.Breaker {
		keys = append(keys, key)
		b, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 2})
		if err != nil {
			panic(err)
		}
		return b
	})
	observer := circuitgrpc.WithObserver(func(e circuit.Event) { events = append(events, e) })
	_, addr := serve(t, answers())
	client := pb.NewTestServiceClient(dial(t, addr, grpc.WithUnaryInterceptor(circuitgrpc.UnaryClientInterceptor(breaker, observer))))
	for i := range 5 {
		_, err := client.UnaryCall(t.Context(), asking(codes.Internal))
		if refused := errors.Is(err, circuit.ErrNotAllowed); refused != (i >= 2) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if !slices.Equal(keys, []string{unaryMethod}) {
		t.Errorf("breakers were made for %q", keys)
	}
	if len(events) != 1 || events[0].Key != unaryMethod || events[0].To != circuit.Open {
		t.Errorf("events are %+v, want one opening", events)
	}
}

// A nil argument changes nothing, not even what an earlier option has set.
func TestNilArguments(t *testing.T) {
	g := counting()
	_, addr := serve(t, answers())
	client := pb.NewTestServiceClient(dial(t, addr, grpc.WithUnaryInterceptor(circuitgrpc.UnaryClientInterceptor(
		circuitgrpc.WithGroup(g), circuitgrpc.WithKey(func(context.Context, string, string) string { return "key" }),
		circuitgrpc.WithClassifier(circuitgrpc.Codes(codes.NotFound)),
		circuitgrpc.WithGroup(nil), circuitgrpc.WithBreaker(nil), circuitgrpc.WithKey(nil), circuitgrpc.WithClassifier(nil),
		circuitgrpc.WithFallback(nil), circuitgrpc.WithServerFallback(nil), circuitgrpc.WithObserver(nil),
		nil, // was dereferenced
	))))
	_, _ = client.UnaryCall(t.Context(), asking(codes.NotFound))
	wantTotal(t, g, "key", circuit.Counts{Failures: 1})
}
