package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	kgrpc "github.com/go-kratos/kratos/v2/transport/grpc"
	khttp "github.com/go-kratos/kratos/v2/transport/http"
	"github.com/zeromicro/go-zero/core/breaker"
	"github.com/zeromicro/go-zero/rest/httpc"
	"github.com/zeromicro/go-zero/zrpc"
	"google.golang.org/grpc"

	helloworldv1 "github.com/go-fusebox/fusebox/api/helloworld/v1"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/examples/internal/backend"
	"github.com/go-fusebox/fusebox/gozero"
	"github.com/go-fusebox/fusebox/kratos"
)

// method is one of the two that the clients call.
type method struct {
	name string
	key  string // of its breaker, in every client
	path string // over HTTP, before the name to greet
}

var (
	hello   = method{"SayHello", helloworldv1.Greeter_SayHello_FullMethodName, "/hello/"}
	goodbye = method{"SayGoodbye", helloworldv1.Greeter_SayGoodbye_FullMethodName, "/goodbye/"}
)

// client calls one server.
type client struct {
	call  func(ctx context.Context, m method, name string) error
	close func()
}

// guarded is what a client's breakers are made of; nil is a client without.
type guarded struct {
	group    *group.Group
	observer circuit.Observer
}

func newKratosHTTP(ctx context.Context, s *backend.Server, g *guarded) (*client, error) {
	base := newTransport()
	opts := []khttp.ClientOption{khttp.WithEndpoint(s.Addr), khttp.WithTransport(base)}
	if g != nil {
		opts = append(opts, khttp.WithMiddleware(kratos.Client(
			kratos.WithGroup(g.group), kratos.WithObserver(g.observer))))
	}
	c, err := khttp.NewClient(ctx, opts...)
	if err != nil {
		return nil, err
	}
	return &client{
		call: func(ctx context.Context, m method, name string) error {
			var reply helloworldv1.SayHelloResponse // of the same shape as SayGoodbye's
			return c.Invoke(ctx, http.MethodGet, m.path+name, nil, &reply,
				khttp.Operation(m.key), khttp.PathTemplate(m.path+"{name}"))
		},
		close: base.CloseIdleConnections,
	}, nil
}

func newKratosGRPC(ctx context.Context, s *backend.Server, g *guarded) (*client, error) {
	opts := []kgrpc.ClientOption{kgrpc.WithEndpoint(s.Addr), kgrpc.WithTimeout(0)}
	if g != nil {
		opts = append(opts, kgrpc.WithMiddleware(kratos.Client(
			kratos.WithGroup(g.group), kratos.WithObserver(g.observer))))
	}
	conn, err := kgrpc.DialInsecure(ctx, opts...)
	if err != nil {
		return nil, err
	}
	return overGRPC(conn), nil
}

func newZRPC(_ context.Context, s *backend.Server, g *guarded) (*client, error) {
	conf := zrpc.RpcClientConf{Endpoints: []string{s.Addr}, NonBlock: true} // its own breaker is off
	var opts []zrpc.ClientOption
	if g != nil {
		opts = append(opts, zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor(
			gozero.WithGroup(g.group), gozero.WithObserver(g.observer),
			// There is one target, so that the method will do for a key.
			gozero.WithKey(func(_ context.Context, _, method string) string { return method }))))
	}
	c, err := zrpc.NewClient(conf, opts...)
	if err != nil {
		return nil, err
	}
	return overGRPC(c.Conn()), nil
}

func overGRPC(conn *grpc.ClientConn) *client {
	greeter := helloworldv1.NewGreeterClient(conn)
	return &client{
		call: func(ctx context.Context, m method, name string) error {
			var err error
			if m == hello {
				_, err = greeter.SayHello(ctx, &helloworldv1.SayHelloRequest{Name: name})
			} else {
				_, err = greeter.SayGoodbye(ctx, &helloworldv1.SayGoodbyeRequest{Name: name})
			}
			return err
		},
		close: func() { _ = conn.Close() },
	}
}

func newHTTPC(_ context.Context, s *backend.Server, g *guarded) (*client, error) {
	const name = "greeter"
	breaker.NoBreakerFor(name)
	base := newTransport()
	var transport http.RoundTripper = base
	if g != nil {
		transport = gozero.NewTransport(base, gozero.WithGroup(g.group), gozero.WithObserver(g.observer),
			gozero.WithRequestKey(func(r *http.Request) string { // one breaker for each route
				if strings.HasPrefix(r.URL.Path, hello.path) {
					return hello.key
				}
				return goodbye.key
			}))
	}
	service := httpc.NewServiceWithClient(name, &http.Client{Transport: transport})
	return &client{
		call: func(ctx context.Context, m method, name string) error {
			resp, err := service.Do(ctx, http.MethodGet, s.URL()+m.path+name, nil)
			if err != nil {
				return err
			}
			defer func() { _ = resp.Body.Close() }()
			if _, err := io.Copy(io.Discard, resp.Body); err != nil {
				return err
			}
			if resp.StatusCode != http.StatusOK {
				return fmt.Errorf("status %d", resp.StatusCode)
			}
			return nil
		},
		close: base.CloseIdleConnections,
	}, nil
}

// newTransport keeps as many connections as there are calls at once.
func newTransport() *http.Transport {
	return &http.Transport{MaxIdleConnsPerHost: 2 * inFlight}
}
