package kratos_test

import (
	"context"
	"net/http"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/go-kratos/kratos/v2/middleware"
	"github.com/go-kratos/kratos/v2/transport"
	kgrpc "github.com/go-kratos/kratos/v2/transport/grpc"
	khttp "github.com/go-kratos/kratos/v2/transport/http"
)

// Operations of the service that the tests run. Over HTTP it has the same ones.
const (
	opHello = "/test.Greeter/Hello"
	opOther = "/test.Greeter/Other"
	opChat  = "/test.Greeter/Chat"
)

// greeter is a service in its tests' hands.
type greeter struct {
	hello func(ctx context.Context, name string) error
	other func(ctx context.Context, name string) error
	chat  func(stream grpc.ServerStream) error
}

type greeting struct{ Message string }

func (g *greeter) unary(operation string) func(ctx context.Context, name string) error {
	if operation == opOther {
		return g.other
	}
	return g.hello
}

func (g *greeter) desc() *grpc.ServiceDesc {
	method := func(operation string) grpc.MethodDesc {
		return grpc.MethodDesc{
			MethodName: operation[len("/test.Greeter/"):],
			Handler: func(_ any, ctx context.Context, dec func(any) error, intercept grpc.UnaryServerInterceptor) (any, error) {
				in := &wrapperspb.StringValue{}
				if err := dec(in); err != nil {
					return nil, err
				}
				serve := func(ctx context.Context, _ any) (any, error) {
					return wrapperspb.String("hello " + in.Value), g.unary(operation)(ctx, in.Value)
				}
				if intercept == nil {
					return serve(ctx, in)
				}
				return intercept(ctx, in, &grpc.UnaryServerInfo{Server: g, FullMethod: operation}, serve)
			},
		}
	}
	return &grpc.ServiceDesc{
		ServiceName: "test.Greeter",
		HandlerType: (*any)(nil),
		Methods:     []grpc.MethodDesc{method(opHello), method(opOther)},
		Streams: []grpc.StreamDesc{{
			StreamName: "Chat", ServerStreams: true, ClientStreams: true,
			Handler: func(_ any, stream grpc.ServerStream) error { return g.chat(stream) },
		}},
	}
}

var chatDesc = &grpc.StreamDesc{StreamName: "Chat", ServerStreams: true, ClientStreams: true}

// route is what Kratos' generator makes of a service with HTTP annotations.
func (g *greeter) route(srv *khttp.Server) {
	for path, operation := range map[string]string{"/hello/{name}": opHello, "/other/{name}": opOther} {
		srv.Route("/").GET(path, func(c khttp.Context) error {
			khttp.SetOperation(c, operation)
			name := c.Vars().Get("name")
			reply, err := c.Middleware(func(ctx context.Context, _ any) (any, error) {
				return greeting{"hello " + name}, g.unary(operation)(ctx, name)
			})(c, name)
			if err != nil {
				return err
			}
			return c.Result(http.StatusOK, reply)
		})
	}
}

// start runs a Kratos server until the test ends, and returns its address.
func start(t *testing.T, over string, g *greeter, m ...middleware.Middleware) (address string) {
	t.Helper()
	if over == "http" {
		srv := khttp.NewServer(khttp.Address("127.0.0.1:0"), khttp.Timeout(0), khttp.Middleware(m...))
		g.route(srv)
		return run(t, srv)
	}
	return startGRPC(t, g, kgrpc.Middleware(m...))
}

func startGRPC(t *testing.T, g *greeter, opts ...kgrpc.ServerOption) (address string) {
	t.Helper()
	srv := kgrpc.NewServer(append([]kgrpc.ServerOption{kgrpc.Address("127.0.0.1:0"), kgrpc.Timeout(0)}, opts...)...)
	srv.RegisterService(g.desc(), g)
	return run(t, srv)
}

type server interface {
	transport.Server
	transport.Endpointer
}

func run(t *testing.T, srv server) (address string) {
	t.Helper()
	endpoint, err := srv.Endpoint()
	if err != nil {
		t.Fatal(err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- srv.Start(context.Background()) }()
	t.Cleanup(func() {
		if err := srv.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
	return endpoint.Host
}
