package backend

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"

	"github.com/zeromicro/go-zero/rest"
	"github.com/zeromicro/go-zero/rest/httpx"
	"github.com/zeromicro/go-zero/rest/pathvar"

	helloworldv1 "github.com/go-fusebox/fusebox/api/helloworld/v1"
)

// StartREST is [StartZRPC] for go-zero's REST server.
func StartREST(addr string, setup func(*rest.Server)) (*Server, error) {
	if addr == "" {
		addr = anyPort
	}
	host, portText, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("backend: REST: %w", err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, fmt.Errorf("backend: REST: %w", err)
	}
	z, err := rest.NewServer(rest.RestConf{
		ServiceConf: serviceConf("rest"),
		Host:        host,
		Port:        port,
		Middlewares: rest.MiddlewaresConf{Recover: true}, // no breaker, no shedding, no timeout
	})
	if err != nil {
		return nil, fmt.Errorf("backend: REST: %w", err)
	}
	var h *http.Server
	s := newServer(func() {
		ctx, cancel := context.WithTimeout(context.Background(), grace)
		defer cancel()
		if h.Shutdown(ctx) != nil {
			_ = h.Close()
		}
	})
	g := &greeter{server: s}
	if setup != nil {
		setup(z)
	}
	z.AddRoutes([]rest.Route{
		{Method: http.MethodGet, Path: "/hello/:name", Handler: handle(func(ctx context.Context, name string) (any, error) {
			return g.SayHello(ctx, &helloworldv1.SayHelloRequest{Name: name})
		})},
		{Method: http.MethodGet, Path: "/goodbye/:name", Handler: handle(func(ctx context.Context, name string) (any, error) {
			return g.SayGoodbye(ctx, &helloworldv1.SayGoodbyeRequest{Name: name})
		})},
	})
	listening := make(chan net.Addr, 1)
	start := func() {
		z.StartWithOpts(func(server *http.Server) {
			h = server
			h.BaseContext = func(l net.Listener) context.Context { // called when it has the port
				listening <- l.Addr()
				return context.Background()
			}
		})
	}
	select {
	case at := <-listening:
		s.Addr = at.String()
		return s, nil
	case err := <-startGoZero(start):
		return nil, fmt.Errorf("backend: REST: %w", err)
	}
}

// handle makes the route of one method.
func handle(call func(ctx context.Context, name string) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		resp, err := call(r.Context(), pathvar.Vars(r)["name"])
		if fault, ok := errors.AsType[*Fault](err); ok {
			http.Error(w, fault.Error(), fault.Status)
			return
		}
		if err != nil { // the caller has left
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		httpx.OkJsonCtx(r.Context(), w, resp)
	}
}
