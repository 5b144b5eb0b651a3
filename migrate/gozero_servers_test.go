package migrate_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/core/breaker"
	"github.com/zeromicro/go-zero/core/conf"
	"github.com/zeromicro/go-zero/rest"
	"github.com/zeromicro/go-zero/rest/httpc"
	"github.com/zeromicro/go-zero/zrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

type registrar = *grpc.Server

// Each of these makes 300 calls to a callee that fails, between real clients and servers, and
// wants most of them to be refused, or none where its answers don't count.
const many = 300

func refused(t *testing.T, asked *atomic.Int64, counts bool) {
	t.Helper()
	if n := asked.Load(); counts && (n == 0 || n > many/2) || !counts && n != many {
		t.Errorf("%d of %d calls were let through", n, many)
	}
}

func guardsClients(t *testing.T, client func(zrpc.RpcClientConf) zrpc.Client, code codes.Code, counts bool) {
	t.Helper()
	var asked atomic.Int64
	conn := client(read[zrpc.RpcClientConf](t, `{"Endpoints": ["`+unwell(t, &asked, code)+`"]}`)).Conn()
	defer func() { _ = conn.Close() }()
	for range many {
		err := get(t.Context(), conn)
		if status.Code(err) != code && !errors.Is(err, breaker.ErrServiceUnavailable) {
			t.Fatal(err)
		}
	}
	refused(t, &asked, counts)
}

func guardsServers(t *testing.T, server func(zrpc.RpcServerConf, func(registrar)) *zrpc.RpcServer) {
	t.Helper()
	var asked atomic.Int64
	c := read[zrpc.RpcServerConf](t, `{"Name": "test", "Mode": "test", "ListenOn": "`+freeAddr(t)+`",
		"CpuThreshold": 0, "DevServer": {"Enabled": false}, "Middlewares": {"Stat": false}}`)
	started := make(chan registrar, 1)
	s := server(c, func(g registrar) {
		g.RegisterService(users(&asked, codes.Internal), nil)
		started <- g
	})
	go s.Start()
	defer (<-started).Stop()
	conn := zrpc.MustNewClient(read[zrpc.RpcClientConf](t,
		`{"Endpoints": ["`+c.ListenOn+`"], "Middlewares": {"Breaker": false}}`)).Conn()
	defer func() { _ = conn.Close() }()
	for range many {
		if code := status.Code(get(t.Context(), conn)); code != codes.Internal && code != codes.Unavailable {
			t.Fatal(code)
		}
	}
	refused(t, &asked, true)
}

func guardsRoutes(t *testing.T, server func(rest.RestConf) *rest.Server, status int, counts bool) {
	t.Helper()
	var asked atomic.Int64
	addr := freeAddr(t)
	host, port, err := net.SplitHostPort(addr)
	check(t, err)
	s := server(read[rest.RestConf](t, `{"Name": "test", "Mode": "test", "Host": "`+host+`", "Port": `+port+`,
		"CpuThreshold": 0, "DevServer": {"Enabled": false}, "Middlewares": {"Metrics": false}}`))
	s.AddRoute(rest.Route{Method: http.MethodGet, Path: "/users", Handler: broken(&asked, status)})
	started := make(chan *http.Server, 1)
	go s.StartWithOpts(func(svr *http.Server) { started <- svr })
	svr := <-started
	defer func() { _ = svr.Close() }()
	eventually(t, "the server listens", func() bool {
		conn, err := net.Dial("tcp", addr)
		return err == nil && conn.Close() == nil
	})
	statuses := map[int]int{}
	for range many {
		resp, err := http.Get("http://" + addr + "/users")
		check(t, err)
		check(t, resp.Body.Close())
		statuses[resp.StatusCode]++
	}
	refused(t, &asked, counts)
	if n := int(asked.Load()); statuses[status] != n || statuses[503] != many-n {
		t.Errorf("%d calls reached the handler; statuses %v", n, statuses)
	}
}

func guardsServices(t *testing.T, service func() httpc.Service, status int, counts bool) {
	t.Helper()
	var asked atomic.Int64
	server := httptest.NewServer(broken(&asked, status))
	defer server.Close()
	s := service()
	for range many {
		resp, err := s.Do(t.Context(), http.MethodGet, server.URL, nil)
		if err == nil {
			check(t, resp.Body.Close())
		} else if !errors.Is(err, breaker.ErrServiceUnavailable) {
			t.Fatal(err)
		}
	}
	refused(t, &asked, counts)
}

// broken answers with that status.
func broken(asked *atomic.Int64, status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(status)
	}
}

// users is a gRPC service whose one method fails.
func users(asked *atomic.Int64, code codes.Code) *grpc.ServiceDesc {
	fail := func(context.Context, any) (any, error) {
		asked.Add(1)
		return nil, status.Error(code, "failed")
	}
	return &grpc.ServiceDesc{ServiceName: "users.Users", HandlerType: (*any)(nil), Methods: []grpc.MethodDesc{{
		MethodName: "Get",
		Handler: func(_ any, ctx context.Context, decode func(any) error, i grpc.UnaryServerInterceptor) (any, error) {
			in := new(emptypb.Empty)
			if err := decode(in); err != nil || i == nil {
				return fail(ctx, in)
			}
			return i(ctx, in, &grpc.UnaryServerInfo{FullMethod: "/users.Users/Get"}, fail)
		},
	}}}
}

// unwell is the address of a plain gRPC server of users.
func unwell(t *testing.T, asked *atomic.Int64, code codes.Code) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	s := grpc.NewServer()
	s.RegisterService(users(asked, code), nil)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(s.Stop)
	return l.Addr().String()
}

func get(ctx context.Context, conn *grpc.ClientConn) error {
	return conn.Invoke(ctx, "/users.Users/Get", new(emptypb.Empty), new(emptypb.Empty))
}

// read is a configuration as go-zero reads it.
func read[C any](t *testing.T, text string) (c C) {
	t.Helper()
	check(t, conf.LoadFromJsonBytes([]byte(text), &c))
	return c
}

// freeAddr is one that nobody listens on, as go-zero's servers take no listener.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	check(t, l.Close())
	return l.Addr().String()
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits for a condition of another goroutine.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}
