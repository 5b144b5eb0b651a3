package gozero_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/rest"
	"github.com/zeromicro/go-zero/zrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/gozero"
)

type callKey struct{}

// ledger takes down what an observer of refusals hears.
type ledger struct {
	mu    sync.Mutex
	calls map[string]int // by key, and what the context is of
	last  error
}

func (l *ledger) observe(ctx context.Context, key string, err error) {
	call, _ := ctx.Value(callKey{}).(string)
	if md, ok := metadata.FromIncomingContext(ctx); ok {
		call = strings.Join(md.Get("call"), "")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.calls == nil {
		l.calls = map[string]int{}
	}
	l.calls[key+" "+call]++
	l.last = err
}

const refusedCalls = 20

// want demands that the calls were told of, each once and by its context, under the
// key, whose breaker is to have refused as many with the very error.
func (l *ledger) want(t *testing.T, g *group.Group, key string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range refusedCalls {
		if at := fmt.Sprint(key, " ", i); l.calls[at] != 1 {
			t.Errorf("%s was told of %d times, want once", at, l.calls[at])
		}
	}
	if len(l.calls) != refusedCalls {
		t.Errorf("%d calls were told of, want %d", len(l.calls), refusedCalls)
	}
	if got := total(g, key).Refused; got != refusedCalls {
		t.Errorf("the breaker refused %d calls, want %d", got, refusedCalls)
	}
	if _, own := circuit.Acquire(g.Get(key)); l.last != own { //nolint:errorlint // the very same
		t.Errorf("told %v, want the breaker's own error", l.last)
	}
	clear(l.calls)
}

// callAll makes the calls, each with a context by which it can be told from others.
func callAll(t *testing.T, call func(ctx context.Context) error) {
	t.Helper()
	for i := range refusedCalls {
		ctx := context.WithValue(t.Context(), callKey{}, fmt.Sprint(i))
		if err := call(metadata.AppendToOutgoingContext(ctx, "call", fmt.Sprint(i))); err == nil {
			t.Errorf("call %d was not refused", i)
		}
	}
}

func saying(conn *grpc.ClientConn) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		_, err := invoke(ctx, conn, say, "")
		return err
	}
}

func talking(conn *grpc.ClientConn) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		stream, err := conn.NewStream(ctx, talkDesc, talk)
		if err != nil {
			return err
		}
		return stream.RecvMsg(&wrapperspb.StringValue{})
	}
}

func TestRefusalObserverOfZRPC(t *testing.T) {
	var l ledger
	client, server := group.New(forcedOpen), group.New(forcedOpen)
	addr := serve(t, &echo{}, nil, guarded(gozero.WithGroup(server), gozero.WithRefusalObserver(l.observe)))
	plain := dial(t, addr, nil)
	callAll(t, saying(plain))
	l.want(t, server, say)
	callAll(t, talking(plain))
	l.want(t, server, talk)

	opts := []gozero.Option{gozero.WithGroup(client), gozero.WithRefusalObserver(l.observe), gozero.WithRefusalObserver(nil)}
	conn := dial(t, addr, nil, zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor(opts...)),
		zrpc.WithStreamClientInterceptor(gozero.StreamClientInterceptor(opts...)))
	callAll(t, saying(conn))
	l.want(t, client, path.Join(conn.Target(), say))
	callAll(t, talking(conn))
	l.want(t, client, path.Join(conn.Target(), talk))

	// Health checks pass, with all breakers open.
	if _, err := grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{}); err != nil {
		t.Error(err)
	}
	if len(l.calls) != 0 {
		t.Errorf("a health check was told of: %v", l.calls)
	}
}

func TestRefusalObserverOfREST(t *testing.T) {
	var l ledger
	g := group.New(forcedOpen)
	url := serveREST(t, func(s *rest.Server) {
		s.Use(func(next http.HandlerFunc) http.HandlerFunc { // as a tracing middleware does
			return func(w http.ResponseWriter, r *http.Request) {
				next(w, r.WithContext(context.WithValue(r.Context(), callKey{}, path.Base(r.URL.Path))))
			}
		})
		s.Use(gozero.Middleware(gozero.WithGroup(g), gozero.WithRefusalObserver(l.observe)))
		s.AddRoute(rest.Route{Method: http.MethodGet, Path: "/users/:id", Handler: answer})
	})
	for i := range refusedCalls {
		if status, _ := get(t, fmt.Sprint(url, "/users/", i)); status != http.StatusServiceUnavailable {
			t.Errorf("request %d: status %d, want 503", i, status)
		}
	}
	l.want(t, g, "GET:///users/:id")
}

func TestRefusalObserverOfHTTPC(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(answer))
	defer server.Close()
	var l ledger
	g := group.New(tripping)
	s := service(t, t.Name(), gozero.WithGroup(g), gozero.WithRefusalObserver(l.observe))
	for range 10 {
		if _, err := call(t.Context(), s, server.URL+"/?status=500"); err != nil {
			t.Fatal(err)
		}
	}
	callAll(t, func(ctx context.Context) error {
		_, err := call(ctx, s, server.URL)
		wantRefusal(t, err)
		return err
	})
	l.want(t, g, strings.TrimPrefix(server.URL, "http://"))
	if after, ok := circuit.RetryAfter(l.last); !ok || after < 59*time.Minute {
		t.Errorf("retry after %v, %v", after, ok)
	}
}

// The observer is told before the fallback answers.
func TestRefusalObserverComesBeforeTheFallback(t *testing.T) {
	var happened []string
	opts := []gozero.Option{
		gozero.WithBreaker(forcedOpen),
		gozero.WithRefusalObserver(func(context.Context, string, error) { happened = append(happened, "told") }),
		gozero.WithServerFallback(func(context.Context, string, any, error) (any, error) {
			happened = append(happened, "zRPC")
			return wrapperspb.String(""), nil
		}),
		gozero.WithRequestFallback(func(*http.Request, error) (*http.Response, error) {
			happened = append(happened, "httpc")
			return &http.Response{}, nil
		}),
	}
	conn := dial(t, serve(t, &echo{}, nil, guarded(opts...)), nil)
	if _, err := invoke(t.Context(), conn, say, ""); err != nil {
		t.Error(err)
	}
	if _, err := call(t.Context(), service(t, t.Name(), opts...), "http://nowhere.invalid"); err != nil {
		t.Error(err)
	}
	if want := "[told zRPC told httpc]"; fmt.Sprint(happened) != want {
		t.Errorf("%v, want %v", happened, want)
	}
}
