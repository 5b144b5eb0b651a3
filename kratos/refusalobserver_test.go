package kratos_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/go-kratos/kratos/v2/errors"
	"github.com/go-kratos/kratos/v2/middleware"
	"github.com/go-kratos/kratos/v2/selector"
	kgrpc "github.com/go-kratos/kratos/v2/transport/grpc"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/kratos"
)

type callKey struct{}

// ledger takes down what an observer of refusals hears.
type ledger struct {
	mu    sync.Mutex
	calls map[string]int // by what the context is of
	keys  map[string]int
	last  error
}

func (l *ledger) observe(ctx context.Context, key string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.calls == nil {
		l.calls, l.keys = map[string]int{}, map[string]int{}
	}
	call, _ := ctx.Value(callKey{}).(string)
	if md, ok := metadata.FromIncomingContext(ctx); ok && len(md.Get("call")) == 1 {
		call = md.Get("call")[0]
	}
	l.calls[call]++
	l.keys[key]++
	l.last = err
}

// want demands that n calls were told of, each once and by its context, under the key,
// whose breaker is to have refused as many with the very error.
func (l *ledger) want(t *testing.T, g *group.Group, key string, n int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.calls) != n || l.calls[""] != 0 {
		t.Errorf("%s: the calls %v were told of, must be %d", key, l.calls, n)
	}
	for call, times := range l.calls {
		if times != 1 {
			t.Errorf("%s: call %q was told of %d times", key, call, times)
		}
	}
	if len(l.keys) != 1 || l.keys[key] != n {
		t.Errorf("the keys are %v, must be %s alone", l.keys, key)
	}
	if got := snapshot(t, g, key).Total.Refused; got != uint64(n) {
		t.Errorf("%s: the breaker has refused %d calls, must be %d", key, got, n)
	}
	if _, own := circuit.Acquire(g.Get(key)); l.last != own { //nolint:errorlint // the very same
		t.Errorf("%s: told %v, must be the breaker's own error", key, l.last)
	}
}

// marked is a context by which a call can be told from others, on either side.
func marked(t *testing.T, i int) context.Context {
	t.Helper()
	call := fmt.Sprint("call ", i)
	return metadata.AppendToOutgoingContext(context.WithValue(t.Context(), callKey{}, call), "call", call)
}

func TestRefusalObserverOfAClient(t *testing.T) {
	for _, over := range transports {
		t.Run(over, func(t *testing.T) {
			var l ledger
			g := group.New(brittle)
			hello := client{address: start(t, over, &greeter{hello: broken}), middleware: []middleware.Middleware{
				kratos.Client(kratos.WithGroup(g), kratos.WithRefusalObserver(l.observe), kratos.WithRefusalObserver(nil)),
			}}.dial(t, over)
			for i := range 3 + 20 {
				if _, err := hello(marked(t, i), opHello, "x"); errors.Is(err, circuit.ErrNotAllowed) != (i >= 3) {
					t.Errorf("call %d: %v", i, err)
				}
			}
			l.want(t, g, opHello, 20)
		})
	}
}

func TestRefusalObserverOfAServer(t *testing.T) {
	for _, over := range transports {
		t.Run(over, func(t *testing.T) {
			var l ledger
			g := group.New(brittle)
			var calls atomic.Int64
			mark := func(next middleware.Handler) middleware.Handler { // as a tracing middleware does
				return func(ctx context.Context, req any) (any, error) {
					return next(context.WithValue(ctx, callKey{}, fmt.Sprint("call ", calls.Add(1))), req)
				}
			}
			address := start(t, over, &greeter{hello: broken}, mark,
				kratos.Server(kratos.WithGroup(g), kratos.WithRefusalObserver(l.observe)))
			hello := client{address: address}.dial(t, over)
			for range 3 + 20 {
				if _, err := hello(t.Context(), opHello, "x"); err == nil {
					t.Error("a call went well")
				}
			}
			l.want(t, g, opHello, 20)
		})
	}
}

func TestRefusalObserverOfStreams(t *testing.T) {
	var atClient, atServer ledger
	clients, servers := group.New(brittle), group.New(brittle)
	address := startGRPC(t, &greeter{chat: func(grpc.ServerStream) error { return errBroken }},
		serverWith([]kratos.Option{kratos.WithGroup(servers), kratos.WithRefusalObserver(atServer.observe)})...)
	plain := client{address: address}.grpc(t)
	for i := range 3 + 20 {
		_ = chat(marked(t, i), plain, nil)
	}
	atServer.want(t, servers, opChat, 20)

	guarded := client{address: address}.grpc(t, streamsWith([]kratos.Option{
		kratos.WithGroup(clients), kratos.WithRefusalObserver(atClient.observe),
	}))
	for i := range 3 + 20 {
		_ = chat(marked(t, i), guarded, nil)
	}
	atClient.want(t, clients, opChat, 20)
}

// A call for which every node was left out is told of once, by the node whose turn it
// was; one that another node serves is not refused.
func TestRefusalObserverOfNodes(t *testing.T) {
	for _, over := range transports {
		t.Run(over, func(t *testing.T) {
			var addresses []string
			for range 2 {
				addresses = append(addresses, start(t, over, &greeter{hello: broken, other: well}))
			}
			var l ledger
			g := group.New(brittle)
			nodes := kratos.NewNodes(kratos.WithGroup(g), kratos.WithRefusalObserver(l.observe))
			hello := client{
				address: "discovery:///greeter", discovery: register(over, addresses...),
				middleware: []middleware.Middleware{nodes.Client()}, filters: []selector.NodeFilter{nodes.Filter()},
			}.dial(t, over)
			eventually(t, "both nodes are known", func() bool {
				_, err := hello(t.Context(), opOther, "x")
				return err == nil && len(snapshots(g)) == 2
			})
			told := func() (n int) {
				l.mu.Lock()
				defer l.mu.Unlock()
				for _, times := range l.calls {
					n += times
				}
				return n
			}
			for range 1000 {
				if _, err := hello(t.Context(), opHello, "x"); errors.Is(err, circuit.ErrNotAllowed) {
					break
				}
				if n := told(); n != 0 {
					t.Fatalf("%d refusals were told of before there was one", n)
				}
			}
			var refused uint64
			for _, s := range snapshots(g) {
				refused += s.Total.Refused // calls that the other node served, and the one
			}
			for i := range 20 {
				_, err := hello(marked(t, i), opHello, "x")
				refusedHere(t, err)
			}
			l.mu.Lock()
			defer l.mu.Unlock()
			for i := range 20 {
				if call := fmt.Sprint("call ", i); l.calls[call] != 1 {
					t.Errorf("%s was told of %d times", call, l.calls[call])
				}
			}
			if len(l.calls) != 21 || l.calls[""] != 1 || len(l.keys) != 2 || l.keys[addresses[0]]+l.keys[addresses[1]] != 21 {
				t.Errorf("told of %v and %v, must be 21 calls and the two addresses", l.calls, l.keys)
			}
			if after, ok := circuit.RetryAfter(l.last); !ok || after > time.Minute || after < 50*time.Second {
				t.Errorf("retry after %v, %v, must be up to a minute", after, ok)
			}
			for _, s := range snapshots(g) {
				refused -= s.Total.Refused
			}
			if -refused != 20 {
				t.Errorf("the breakers have refused %d calls, must be 20", -refused)
			}
		})
	}
}

func snapshots(g *group.Group) (all []circuit.Snapshot) {
	for _, b := range g.All() {
		all = append(all, b.(circuit.Reporter).Snapshot())
	}
	return all
}

// The same for streams.
func TestRefusalObserverOfStreamsToNodes(t *testing.T) {
	var l ledger
	g := group.New(brittle)
	nodes := kratos.NewNodes(kratos.WithGroup(g), kratos.WithRefusalObserver(l.observe))
	address := startGRPC(t, &greeter{chat: func(grpc.ServerStream) error { return errBroken }})
	conn := client{
		address: "discovery:///greeter", discovery: register("grpc", address), filters: []selector.NodeFilter{nodes.Filter()},
	}.grpc(t, kgrpc.WithStreamInterceptor(nodes.StreamClientInterceptor()))
	for range 3 {
		_ = chat(t.Context(), conn, nil)
	}
	eventually(t, "the node is found out", func() bool { return snapshot(t, g, address).State == circuit.Open })
	for i := range 20 {
		if err := chat(marked(t, i), conn, nil); !errors.Is(err, circuit.ErrNotAllowed) {
			t.Errorf("stream %d: %v", i, err)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.calls) != 20 || len(l.keys) != 1 || l.keys[address] != 20 {
		t.Errorf("told of %v and %v, must be 20 calls and the address", l.calls, l.keys)
	}
}

// Health checks pass, and the observer is told before the fallback answers.
func TestRefusalObserverOfWhatIsNotRefused(t *testing.T) {
	var happened []string
	opts := []kratos.Option{
		kratos.WithBreaker(refusing),
		kratos.WithRefusalObserver(func(_ context.Context, key string, _ error) { happened = append(happened, key) }),
		kratos.WithFallback(func(context.Context, any, error) (any, error) {
			happened = append(happened, "fallback")
			return nil, nil
		}),
	}
	asks := kratos.Client(opts...)(answers)
	for _, operation := range []string{"/grpc.health.v1.Health/Check", opHello} {
		if _, err := asks(calling(t.Context(), operation), wrapperspb.String("x")); err != nil {
			t.Error(err)
		}
	}
	if want := fmt.Sprint([]string{opHello, "fallback"}); fmt.Sprint(happened) != want {
		t.Errorf("%v, must be %v", happened, want)
	}
}
