package gozero_test

import (
	"context"
	"net/http"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/gozero"
)

var nilOptions = []gozero.Option{
	nil, gozero.WithGroup(nil), gozero.WithBreaker(nil), gozero.WithClassifier(nil), gozero.WithObserver(nil),
	gozero.WithKey(nil), gozero.WithFallback(nil), gozero.WithServerFallback(nil),
	gozero.WithRequestKey(nil), gozero.WithRequestFallback(nil),
}

// A nil argument changes nothing: neither the default nor what was set before.
func TestNilOptionsChangeNothing(t *testing.T) {
	g := group.New(tripping)
	set := []gozero.Option{
		gozero.WithGroup(g),
		gozero.WithKey(func(context.Context, string, string) string { return "set" }),
		gozero.WithRequestKey(func(*http.Request) string { return "set" }),
		gozero.WithClassifier(func(context.Context, error) circuit.Outcome { return circuit.Ignored }),
	}
	must(t, callServer(t, gozero.UnaryServerInterceptor(nilOptions...), nil))
	must(t, callServer(t, gozero.UnaryServerInterceptor(append(set, nilOptions...)...), nil))
	callREST(t, gozero.Middleware(nilOptions...))
	callREST(t, gozero.Middleware(append(set, nilOptions...)...))
	wantCounts(t, g, "set", circuit.Counts{Ignored: 2})
}

// An observer hears of the transitions of every kind of guard, with the key.
func TestObserverHearsOfTransitions(t *testing.T) {
	var heard []string
	opts := []gozero.Option{gozero.WithBreaker(tripping), gozero.WithObserver(func(e circuit.Event) {
		heard = append(heard, e.Key+" "+e.From.String()+" to "+e.To.String())
	})}
	down := status.Error(codes.Unavailable, "down")
	unary := gozero.UnaryServerInterceptor(opts...)
	stream := gozero.StreamServerInterceptor(opts...)
	route := gozero.RouteMiddleware(http.MethodGet, "/", opts...)
	for range 10 {
		_ = callServer(t, unary, down)
		_ = stream(nil, serverStream{ctx: t.Context()}, &grpc.StreamServerInfo{FullMethod: talk},
			func(any, grpc.ServerStream) error { return down })
		callREST(t, func(http.HandlerFunc) http.HandlerFunc { return route(failing) })
	}
	want := []string{say + " closed to open", talk + " closed to open", "GET:/// closed to open"}
	if len(heard) != len(want) {
		t.Fatalf("heard %q, want %q", heard, want)
	}
	for i := range want {
		if heard[i] != want[i] {
			t.Errorf("heard %q, want %q", heard[i], want[i])
		}
	}
}

// What one interceptor learns of a method, another one of the same group knows.
func TestSharedGroup(t *testing.T) {
	g := group.New(tripping)
	learns, knows := gozero.UnaryServerInterceptor(gozero.WithGroup(g)), gozero.UnaryServerInterceptor(gozero.WithGroup(g))
	for range 10 {
		_ = callServer(t, learns, status.Error(codes.Unavailable, "down"))
	}
	wantRefusal(t, callServer(t, knows, nil))
	must(t, callServer(t, gozero.UnaryServerInterceptor(), nil))
}

// callServer calls an interceptor as a server does, with a handler that returns err.
func callServer(t *testing.T, interceptor grpc.UnaryServerInterceptor, err error) error {
	t.Helper()
	_, err = interceptor(t.Context(), nil, &grpc.UnaryServerInfo{FullMethod: say},
		func(context.Context, any) (any, error) { return nil, err })
	return err
}

func callREST(t *testing.T, wrap func(http.HandlerFunc) http.HandlerFunc) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://host/", http.NoBody)
	must(t, err)
	wrap(answer)(discard{http.Header{}}, req)
}

// serverStream is a stream of which only the context is asked for.
type serverStream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s serverStream) Context() context.Context { return s.ctx }
