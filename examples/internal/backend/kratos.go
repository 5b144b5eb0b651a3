package backend

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	kerrors "github.com/go-kratos/kratos/v2/errors"
	kgrpc "github.com/go-kratos/kratos/v2/transport/grpc"
	khttp "github.com/go-kratos/kratos/v2/transport/http"

	helloworldv1 "github.com/go-fusebox/fusebox/api/helloworld/v1"
)

// StartKratosHTTP starts a Kratos HTTP server on addr, or on any free loopback
// port when addr is empty. The options come after those of its own.
func StartKratosHTTP(addr string, opts ...khttp.ServerOption) (*Server, error) {
	if addr == "" {
		addr = anyPort
	}
	k := khttp.NewServer(append([]khttp.ServerOption{khttp.Address(addr), khttp.Timeout(0)}, opts...)...)
	return startKratos(k, func(s *Server) { registerHTTP(k, &greeter{server: s}) })
}

// StartKratosGRPC is [StartKratosHTTP] for gRPC.
func StartKratosGRPC(addr string, opts ...kgrpc.ServerOption) (*Server, error) {
	if addr == "" {
		addr = anyPort
	}
	k := kgrpc.NewServer(append([]kgrpc.ServerOption{kgrpc.Address(addr), kgrpc.Timeout(0)}, opts...)...)
	return startKratos(k, func(s *Server) { helloworldv1.RegisterGreeterServer(k, &greeter{server: s}) })
}

type kratosServer interface {
	Endpoint() (*url.URL, error)
	Start(context.Context) error
	Stop(context.Context) error
}

// startKratos listens before it returns: calls that come before the server's
// goroutine does wait in the listener's queue.
func startKratos(k kratosServer, register func(*Server)) (*Server, error) {
	ended := make(chan struct{})
	s := newServer(func() {
		ctx, cancel := context.WithTimeout(context.Background(), grace)
		defer cancel()
		_ = k.Stop(ctx) // cut off after grace, which is no failure here
		<-ended
	})
	endpoint, err := k.Endpoint()
	if err != nil {
		return nil, fmt.Errorf("backend: Kratos: %w", err)
	}
	s.Addr = endpoint.Host
	register(s)
	go func() {
		defer close(ended)
		_ = k.Start(context.Background()) // ends when it is stopped
	}()
	return s, nil
}

// registerHTTP is the HTTP binding of the service: what Kratos' generator would
// write for google.api.http annotations.
func registerHTTP(k *khttp.Server, g helloworldv1.GreeterServer) {
	r := k.Route("/")
	r.GET("/hello/{name}", bind(helloworldv1.Greeter_SayHello_FullMethodName, g.SayHello))
	r.GET("/goodbye/{name}", bind(helloworldv1.Greeter_SayGoodbye_FullMethodName, g.SayGoodbye))
}

// bind makes the route of one method: the path's variables are the request, and
// the call goes through the server's middleware under the operation's name.
func bind[Req, Resp any](operation string, call func(context.Context, *Req) (*Resp, error)) khttp.HandlerFunc {
	return func(ctx khttp.Context) error {
		req := new(Req)
		if err := ctx.BindVars(req); err != nil {
			return err
		}
		khttp.SetOperation(ctx, operation)
		invoke := ctx.Middleware(func(ctx context.Context, req any) (any, error) {
			resp, err := call(ctx, req.(*Req))
			if fault, ok := errors.AsType[*Fault](err); ok {
				return nil, kerrors.New(fault.Status, "FAULT", fault.Error())
			}
			return resp, err
		})
		resp, err := invoke(ctx, req)
		if err != nil {
			return err
		}
		return ctx.Result(200, resp)
	}
}
