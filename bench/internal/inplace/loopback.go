package inplace

import (
	"context"
	"fmt"
	"net"

	"github.com/go-kratos/kratos/v2/transport"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/go-fusebox/fusebox/bench/internal/measure"
	"github.com/go-fusebox/fusebox/bench/internal/subjects"
)

// Loopback is one server and one client, over TCP.
type Loopback struct {
	Conn   *grpc.ClientConn
	server *grpc.Server
	served chan struct{} // closed at its end
}

// Open starts the server and connects the client.
func Open(ctx context.Context) (*Loopback, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &Loopback{server: grpc.NewServer(), served: make(chan struct{})}
	l.server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "helloworld.Greeter",
		HandlerType: (*any)(nil),
		Methods:     []grpc.MethodDesc{{MethodName: "SayHello", Handler: greet}},
	}, nil)
	go func() {
		defer close(l.served)
		_ = l.server.Serve(listener) // until it is stopped
	}()
	l.Conn, err = grpc.NewClient("passthrough:///"+listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err == nil {
		err = l.invoke(ctx)
	}
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("the loopback server: %w", err)
	}
	return l, nil
}

func greet(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) { //nolint:revive // grpc's order
	request := new(emptypb.Empty)
	return request, decode(request)
}

// Close ends both.
func (l *Loopback) Close() {
	if l.Conn != nil {
		_ = l.Conn.Close() // of no account: there are no calls
	}
	l.server.Stop()
	<-l.served
}

func (l *Loopback) invoke(ctx context.Context) error {
	return l.Conn.Invoke(ctx, method, new(emptypb.Empty), new(emptypb.Empty))
}

// Cases are real calls through every guard, one after the other, on one connection.
func (l *Loopback) Cases() []measure.Case {
	var all []measure.Case
	add := func(name string, call func() error) {
		all = append(all, measure.Case{
			Name: subjects.Name("loopback", name), Goroutines: 1,
			Make: measure.Of(func(n int) (failed int) {
				for range n {
					if call() != nil {
						failed++
					}
				}
				return failed
			}),
		})
	}
	inKratos := transport.NewClientContext(context.Background(), call{})
	for _, g := range kratosGuards() {
		handler := g.with(func(ctx context.Context, _ any) (any, error) { return nil, l.invoke(ctx) })
		name := "Kratos, " + g.name
		if g.name == Unguarded {
			name = Unguarded
		}
		add(name, func() error {
			_, err := handler(inKratos, nil)
			return err
		})
	}
	invoker := func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, opts ...grpc.CallOption) error {
		return cc.Invoke(ctx, method, req, reply, opts...)
	}
	for _, i := range interceptors() {
		if i.name == Unguarded {
			continue
		}
		add("zRPC, "+i.name, func() error {
			return i.with(context.Background(), method, new(emptypb.Empty), new(emptypb.Empty), l.Conn, invoker)
		})
	}
	return all
}

// LoopbackNames are the subjects of the real calls.
var LoopbackNames = []string{
	Unguarded, "Kratos, " + Stock, "Kratos, " + Ours, "zRPC, " + Stock, "zRPC, " + Ours,
}
