package backend

import (
	"fmt"
	"net"
	"time"

	"github.com/zeromicro/go-zero/zrpc"
	"google.golang.org/grpc"

	helloworldv1 "github.com/go-fusebox/fusebox/api/helloworld/v1"
)

// StartZRPC starts a go-zero zRPC server on addr, or on any free loopback port
// when addr is empty. setup may add interceptors before it starts, and may be nil.
//
// go-zero stops its servers with the process only, so one goroutine of it stays
// behind after [Server.Stop].
func StartZRPC(addr string, setup func(*zrpc.RpcServer)) (*Server, error) {
	if addr != "" {
		return startZRPC(addr, setup)
	}
	// zRPC doesn't tell which port it got, so find a free one first, and
	// another when somebody else was faster.
	var err error
	for range 5 {
		var s *Server
		if addr, err = freePort(); err != nil {
			return nil, fmt.Errorf("backend: zRPC: %w", err)
		}
		if s, err = startZRPC(addr, setup); err == nil {
			return s, nil
		}
	}
	return nil, err
}

func startZRPC(addr string, setup func(*zrpc.RpcServer)) (*Server, error) {
	var g *grpc.Server
	s := newServer(func() {
		timer := time.AfterFunc(grace, g.Stop)
		defer timer.Stop()
		g.GracefulStop()
	})
	s.Addr = addr
	listening := make(chan *grpc.Server, 1)
	z, err := zrpc.NewServer(zrpc.RpcServerConf{
		ServiceConf: serviceConf("zrpc"),
		ListenOn:    addr,
		Health:      true,
		Middlewares: zrpc.ServerMiddlewaresConf{Recover: true}, // no breaker, no statistics
	}, func(g *grpc.Server) { // go-zero calls this when it has the port
		helloworldv1.RegisterGreeterServer(g, &greeter{server: s})
		listening <- g
	})
	if err != nil {
		return nil, fmt.Errorf("backend: zRPC: %w", err)
	}
	if setup != nil {
		setup(z)
	}
	select {
	case g = <-listening:
		return s, nil
	case err := <-startGoZero(z.Start):
		return nil, fmt.Errorf("backend: zRPC: %w", err)
	}
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", anyPort)
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}
