package gozero_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"

	"github.com/zeromicro/go-zero/core/conf"
	"github.com/zeromicro/go-zero/zrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const (
	say   = "/test.Echo/Say"
	other = "/test.Echo/Other"
	talk  = "/test.Echo/Talk"
)

// echo is the service of the tests: say answers Say, Other is always well, and
// talk answers the stream.
type echo struct {
	say    func(ctx context.Context, in string) (string, error)
	talk   func(stream grpc.ServerStream) error
	called atomic.Int64 // Say and Talk, that reached their handler
}

func (e *echo) handleSay(ctx context.Context, in string) (string, error) {
	e.called.Add(1)
	if e.say == nil {
		return in, nil
	}
	return e.say(ctx, in)
}

func unary(method string, call func(e *echo, ctx context.Context, in string) (string, error)) grpc.MethodDesc {
	return grpc.MethodDesc{MethodName: method, Handler: func(srv any, ctx context.Context, decode func(any) error,
		interceptor grpc.UnaryServerInterceptor,
	) (any, error) {
		in := &wrapperspb.StringValue{}
		if err := decode(in); err != nil {
			return nil, err
		}
		handler := func(ctx context.Context, req any) (any, error) {
			out, err := call(srv.(*echo), ctx, req.(*wrapperspb.StringValue).GetValue())
			if err != nil {
				return nil, err
			}
			return wrapperspb.String(out), nil
		}
		if interceptor == nil {
			return handler(ctx, in)
		}
		return interceptor(ctx, in, &grpc.UnaryServerInfo{Server: srv, FullMethod: "/test.Echo/" + method}, handler)
	}}
}

var echoDesc = grpc.ServiceDesc{
	ServiceName: "test.Echo",
	HandlerType: (*any)(nil),
	Methods: []grpc.MethodDesc{
		unary("Say", (*echo).handleSay),
		unary("Other", func(_ *echo, _ context.Context, in string) (string, error) { return in, nil }),
	},
	Streams: []grpc.StreamDesc{{
		StreamName: "Talk", ServerStreams: true, ClientStreams: true,
		Handler: func(srv any, stream grpc.ServerStream) error {
			e := srv.(*echo)
			e.called.Add(1)
			return e.talk(stream)
		},
	}},
}

// serverConf is go-zero's default, without what a test has no use for.
func serverConf(tb testing.TB) zrpc.RpcServerConf {
	tb.Helper()
	var c zrpc.RpcServerConf
	must(tb, conf.LoadFromJsonBytes([]byte(`{"Name": "test", "Mode": "test", "ListenOn": "`+freeAddr(tb)+`",
		"Health": true, "CpuThreshold": 0, "DevServer": {"Enabled": false},
		"Middlewares": {"Breaker": false, "Stat": false}}`), &c))
	return c
}

// serve runs a real zRPC server and returns its address.
func serve(tb testing.TB, e *echo, change func(c *zrpc.RpcServerConf), add func(s *zrpc.RpcServer)) string {
	tb.Helper()
	c := serverConf(tb)
	if change != nil {
		change(&c)
	}
	registered := make(chan *grpc.Server, 1)
	s, err := zrpc.NewServer(c, func(s *grpc.Server) {
		s.RegisterService(&echoDesc, e)
		registered <- s
	})
	must(tb, err)
	if add != nil {
		add(s)
	}
	go s.Start()
	tb.Cleanup((<-registered).Stop)
	return c.ListenOn
}

// clientConf is go-zero's default with its breaker off.
func clientConf(tb testing.TB, addr string) zrpc.RpcClientConf {
	tb.Helper()
	var c zrpc.RpcClientConf
	must(tb, conf.LoadFromJsonBytes([]byte(`{"Endpoints": ["`+addr+`"], "Middlewares": {"Breaker": false}}`), &c))
	return c
}

// dial makes a real zRPC client of the server, and waits until it is connected.
func dial(tb testing.TB, addr string, change func(c *zrpc.RpcClientConf), opts ...zrpc.ClientOption) *grpc.ClientConn {
	tb.Helper()
	c := clientConf(tb, addr)
	if change != nil {
		change(&c)
	}
	client, err := zrpc.NewClient(c, opts...)
	must(tb, err)
	conn := client.Conn()
	tb.Cleanup(func() { _ = conn.Close() })
	eventually(tb, "the server answers", func() bool {
		_, err := grpc_health_v1.NewHealthClient(conn).Check(context.Background(), &grpc_health_v1.HealthCheckRequest{})
		return err == nil
	})
	return conn
}

// invoke calls a unary method of echo.
func invoke(ctx context.Context, conn *grpc.ClientConn, method, in string) (string, error) {
	out := &wrapperspb.StringValue{}
	err := conn.Invoke(ctx, method, wrapperspb.String(in), out)
	return out.GetValue(), err
}

var talkDesc = &grpc.StreamDesc{StreamName: "Talk", ServerStreams: true, ClientStreams: true}

func freeAddr(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(tb, err)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
