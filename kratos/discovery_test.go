package kratos_test

import (
	"context"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/go-kratos/kratos/v2/errors"
	"github.com/go-kratos/kratos/v2/middleware"
	"github.com/go-kratos/kratos/v2/selector"
	"github.com/go-kratos/kratos/v2/selector/wrr"
	kgrpc "github.com/go-kratos/kratos/v2/transport/grpc"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/kratos"
)

// The client sees exactly the three failures that it takes to find out.
func TestNodesWithDiscovery(t *testing.T) {
	defer selector.SetGlobalSelector(wrr.NewBuilder())
	for balancer, builder := range balancers {
		for _, over := range transports {
			t.Run(balancer+" "+over, func(t *testing.T) {
				selector.SetGlobalSelector(builder)
				var served [3]atomic.Int64
				var addresses []string
				for i := range served {
					addresses = append(addresses, start(t, over, &greeter{hello: func(ctx context.Context, name string) error {
						served[i].Add(1)
						if i == 1 {
							return errBroken
						}
						return nil
					}}))
				}
				perNode := group.New(brittle)
				nodes := kratos.NewNodes(kratos.WithGroup(perNode))
				hello := client{
					address: "discovery:///greeter", discovery: register(over, addresses...),
					middleware: []middleware.Middleware{kratos.Client(), nodes.Client()},
					filters:    []selector.NodeFilter{nodes.Filter()},
				}.dial(t, over)

				failures := 0
				eventually(t, "the bad node is found out", func() bool {
					if _, err := hello(t.Context(), opHello, "x"); err != nil {
						if errors.Reason(err) != "BROKEN" {
							t.Fatal(err)
						}
						failures++
					}
					return snapshot(t, perNode, addresses[1]).State == circuit.Open
				})
				for range 50 {
					if _, err := hello(t.Context(), opHello, "x"); err != nil {
						t.Fatalf("with the bad node left out: %v", err)
					}
				}
				if failures != 3 || served[1].Load() != 3 {
					t.Errorf("%d failures, %d calls to the bad node, must be 3 and 3", failures, served[1].Load())
				}
				for _, good := range []int{0, 2} {
					s := snapshot(t, perNode, addresses[good])
					expect(t, addresses[good], s.Total, circuit.Counts{Successes: uint64(served[good].Load())})
				}
			})
		}
	}
}

// When the only node is left out, the operation's breaker must not take that for
// a failure, with the middleware of Nodes or without.
func TestNodesSingleNodeRefusal(t *testing.T) {
	for _, over := range transports {
		for _, with := range []bool{true, false} {
			name := over + " without the middleware"
			if with {
				name = over + " with the middleware"
			}
			t.Run(name, func(t *testing.T) {
				address := start(t, over, &greeter{hello: broken})
				perOperation := group.New(func(string) circuit.Breaker { return brittleAfter(100) })
				nodes := kratos.NewNodes(kratos.WithBreaker(brittle))
				m := []middleware.Middleware{kratos.Client(kratos.WithGroup(perOperation))}
				if with {
					m = append(m, nodes.Client())
				}
				hello := client{
					address: "discovery:///greeter", discovery: register(over, address),
					middleware: m, filters: []selector.NodeFilter{nodes.Filter()},
				}.dial(t, over)
				for range 3 {
					if _, err := hello(t.Context(), opHello, "x"); errors.Reason(err) != "BROKEN" {
						t.Fatal(err)
					}
				}
				for range 5 {
					_, err := hello(t.Context(), opHello, "x")
					native := map[string]string{"http": "NODE_NOT_FOUND", "grpc": "no_available_node"}[over]
					switch {
					case with:
						refusedHere(t, err)
					case errors.Reason(err) != native || !errors.IsServiceUnavailable(err):
						t.Errorf("%v, must be 503 %s", err, native)
					}
				}
				expect(t, "the operation", snapshot(t, perOperation, opHello).Total, circuit.Counts{Failures: 3, Ignored: 5})
			})
		}
	}
}

// Streams go through the filter too, and count for their node at their end.
func TestRule15NodesJudgeStreamsAtTheirEnd(t *testing.T) {
	address := startGRPC(t, &greeter{chat: func(stream grpc.ServerStream) error {
		if err := stream.RecvMsg(&wrapperspb.StringValue{}); err != nil {
			return err
		}
		if err := stream.SendMsg(wrapperspb.String("first")); err != nil {
			return err
		}
		return errBroken
	}})
	for _, with := range []bool{false, true} {
		perNode := group.New(brittle)
		nodes := kratos.NewNodes(kratos.WithGroup(perNode))
		var more []kgrpc.ClientOption
		if with {
			more = append(more, kgrpc.WithStreamInterceptor(nodes.StreamClientInterceptor()))
		}
		conn := client{
			address: "discovery:///greeter", discovery: register("grpc", address), timeout: time.Minute,
			filters: []selector.NodeFilter{nodes.Filter()},
		}.grpc(t, more...)
		for i := range uint64(3) {
			err := chat(t.Context(), conn, func() error {
				expect(t, "in the middle", snapshot(t, perNode, address).Total, circuit.Counts{Failures: i})
				return nil
			})
			if errors.Reason(err) != "BROKEN" {
				t.Fatal(err)
			}
		}
		expect(t, address, snapshot(t, perNode, address).Total, circuit.Counts{Failures: 3})
		err := chat(t.Context(), conn, nil)
		if with {
			refusedHere(t, err)
		} else if errors.Reason(err) != "no_available_node" {
			t.Errorf("%v, must be Kratos' own no_available_node", err)
		}
	}
}

// gRPC v1.64, unlike v1.80, tells of a stream's end before it reports the pick as
// done: a success that came so was never counted, and a probe stayed under way.
func TestRule15NodesCountStreamsThatSucceed(t *testing.T) {
	address := startGRPC(t, &greeter{chat: func(grpc.ServerStream) error { return nil }})
	perNode := group.New(brittle)
	nodes := kratos.NewNodes(kratos.WithGroup(perNode))
	conn := client{
		address: "discovery:///greeter", discovery: register("grpc", address), timeout: time.Minute,
		filters: []selector.NodeFilter{nodes.Filter()},
	}.grpc(t, kgrpc.WithStreamInterceptor(nodes.StreamClientInterceptor()))
	for range 3 {
		if err := chat(t.Context(), conn, nil); !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
	}
	expect(t, address, snapshot(t, perNode, address).Total, circuit.Counts{Successes: 3})
}

// A client that sends into a stream that the server has ended with an error gets
// io.EOF, at which gRPC tells the balancer that all went well.
func TestNodesJudgeFailedUploads(t *testing.T) {
	address := startGRPC(t, &greeter{chat: func(stream grpc.ServerStream) error {
		if err := stream.SendHeader(nil); err != nil {
			return err
		}
		return errBroken
	}})
	perNode := group.New(brittle)
	nodes := kratos.NewNodes(kratos.WithGroup(perNode))
	conn := client{
		address: "discovery:///greeter", discovery: register("grpc", address), timeout: time.Minute,
		filters: []selector.NodeFilter{nodes.Filter()},
	}.grpc(t, kgrpc.WithStreamInterceptor(nodes.StreamClientInterceptor()))
	stream, err := conn.NewStream(t.Context(), chatDesc, opChat)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the client finds the stream ended", func() bool {
		return errors.Is(stream.SendMsg(wrapperspb.String("x")), io.EOF)
	})
	expect(t, "before the end", snapshot(t, perNode, address).Total, circuit.Counts{})
	if err := stream.RecvMsg(&wrapperspb.StringValue{}); errors.Reason(err) != "BROKEN" {
		t.Fatal(err)
	}
	expect(t, "at the end", snapshot(t, perNode, address).Total, circuit.Counts{Failures: 1})
}

// A caller that gives up says nothing about the node.
func TestRule4NodesIgnoreTheCallersCancel(t *testing.T) {
	for _, over := range transports {
		t.Run(over, func(t *testing.T) {
			entered := make(chan struct{})
			address := start(t, over, &greeter{hello: func(ctx context.Context, _ string) error {
				entered <- struct{}{}
				<-ctx.Done()
				return ctx.Err()
			}})
			perNode := group.New(brittle)
			hello := client{
				address: "discovery:///greeter", discovery: register(over, address),
				filters: []selector.NodeFilter{kratos.NewNodes(kratos.WithGroup(perNode)).Filter()},
			}.dial(t, over)
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				<-entered
				cancel()
			}()
			if _, err := hello(ctx, opHello, "x"); err == nil {
				t.Fatal("a cancelled call returned no error")
			}
			expect(t, address, snapshot(t, perNode, address).Total, circuit.Counts{Ignored: 1})
		})
	}
}
