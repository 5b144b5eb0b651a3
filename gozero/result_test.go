package gozero_test

import (
	"context"
	"errors"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/rest"
	"github.com/zeromicro/go-zero/zrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/gozero"
)

// What a call can end in, beyond its outcome.
var (
	plainSuccess = circuit.Result{}
	plainFailure = circuit.Result{Outcome: circuit.Failure}
	overloaded   = circuit.Result{Outcome: circuit.Overload, RetryAfter: time.Minute}
	timeout      = circuit.Result{Outcome: circuit.Failure, Kind: circuit.KindTimeout}
	interrupt    = circuit.Result{Outcome: circuit.Ignored, Kind: circuit.KindInterrupt}
	badRequest   = circuit.Result{Outcome: circuit.Ignored, Kind: circuit.KindBadRequest}
)

// ended waits for one result, compares it, and forgets it. Of RetryAfter, part of the
// first second may be gone.
func (c *clerk) ended(t *testing.T, what string, want circuit.Result) {
	t.Helper()
	eventually(t, what+" settled", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.results) > 0
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	got := c.results[0]
	if lost := want.RetryAfter - got.RetryAfter; lost > 0 && lost < time.Second && got.RetryAfter > 0 {
		got.RetryAfter = want.RetryAfter
	}
	if got != want || len(c.results) != 1 {
		t.Errorf("%s: ended as %+v, want one %+v", what, c.results, want)
	}
	c.outcomes, c.results = nil, nil
}

// later is a status that has a RetryInfo of a minute.
var later = zrpcOverloads["unavailable, with RetryInfo"].answer

func TestResultTellsWhatTheStatusSays(t *testing.T) {
	atServer, atClient := &clerk{}, &clerk{}
	var answer error
	e := &echo{
		say:  func(context.Context, string) (string, error) { return "", answer },
		talk: func(grpc.ServerStream) error { return answer },
	}
	conn := dial(t, serve(t, e, nil, guarded(atServer.option())), nil,
		zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor(atClient.option())),
		zrpc.WithStreamClientInterceptor(gozero.StreamClientInterceptor(atClient.option())))
	for what, c := range map[string]struct {
		answer         error
		client, server circuit.Result
	}{
		"unavailable, retry": {later, overloaded, overloaded},
		"unavailable":        {status.Error(codes.Unavailable, ""), plainFailure, plainFailure},
		"deadline":           {status.Error(codes.DeadlineExceeded, ""), timeout, timeout},
		"cancelled":          {status.Error(codes.Canceled, ""), interrupt, interrupt},
		"a caller's mistake": {circuit.BadRequest(status.Error(codes.InvalidArgument, "")), plainSuccess, badRequest},
	} {
		answer = c.answer
		_, _ = invoke(t.Context(), conn, say, "")
		atClient.ended(t, what+", client, unary", c.client)
		atServer.ended(t, what+", server, unary", c.server)
		stream, err := conn.NewStream(t.Context(), talkDesc, talk)
		must(t, err)
		_ = stream.RecvMsg(&wrapperspb.StringValue{})
		atClient.ended(t, what+", client, stream", c.client)
		atServer.ended(t, what+", server, stream", c.server)
	}
}

// go-zero's timeouts: the verdict falls when the context ends, not when the handler
// returns. At the server a client's own timeout may look like its caller's cancellation, as
// the reset often comes before the server's deadline is over.
func TestResultOfTimeoutsInZRPC(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	e := &echo{say: func(context.Context, string) (string, error) { <-release; return "", nil }}
	for whose, ms := range map[string]struct{ client, server int64 }{"client's": {100, 60_000}, "server's": {60_000, 100}} {
		atServer, atClient := &clerk{}, &clerk{}
		conn := dial(t, serve(t, e, func(c *zrpc.RpcServerConf) { c.Timeout = ms.server }, guarded(atServer.option())),
			func(c *zrpc.RpcClientConf) { c.Timeout = ms.client },
			zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor(atClient.option())))
		_, _ = invoke(t.Context(), conn, say, "")
		atClient.ended(t, whose+" timeout, client", timeout)
		if whose == "server's" {
			atServer.ended(t, whose+" timeout, server", timeout)
		}
	}
}

func TestResultOfRESTAndHTTPC(t *testing.T) {
	for what, c := range map[string]struct {
		status     int
		retryAfter string
		want       circuit.Result
	}{
		"busy, seconds": {503, "60", overloaded},
		"busy, date":    {503, time.Now().Add(time.Minute).UTC().Format(http.TimeFormat), overloaded},
		"busy":          {503, "", plainFailure},
		"broken":        {500, "60", circuit.Result{Outcome: circuit.Failure, RetryAfter: time.Minute}},
		"too slow":      {504, "", timeout},
		"not there":     {404, "60", plainSuccess},
	} {
		atServer, atClient := &clerk{}, &clerk{}
		url := serveREST(t, func(s *rest.Server) {
			s.Use(gozero.Middleware(atServer.option()))
			s.AddRoute(rest.Route{Method: http.MethodGet, Path: "/", Handler: func(w http.ResponseWriter, _ *http.Request) {
				if c.retryAfter != "" {
					w.Header().Set("Retry-After", c.retryAfter)
				}
				w.WriteHeader(c.status)
			}})
		})
		_, err := call(t.Context(), service(t, t.Name(), atClient.option()), url)
		must(t, err)
		atClient.ended(t, what+", httpc", c.want)
		atServer.ended(t, what+", REST", c.want)
	}
}

// The methods of go-zero's breaker are told errors of all kinds.
func TestResultOfGoZerosBreaker(t *testing.T) {
	b := &clerk{}
	adapted := gozero.NewBreaker("x", b)
	left, leave := context.WithCancel(t.Context())
	for _, c := range []struct {
		err  error
		want circuit.Result
	}{
		{nil, plainSuccess},
		{errDown, plainFailure},
		{context.DeadlineExceeded, timeout},
		{status.Error(codes.DeadlineExceeded, ""), timeout},
		{context.Canceled, interrupt},
		{circuit.BadRequest(errDown), badRequest},
		{circuit.BadRequest(errNoRows), badRequest}, // acceptable, too
		{errNoRows, plainSuccess},
		{later, circuit.Result{Outcome: circuit.Failure, RetryAfter: time.Minute}},
	} {
		_ = adapted.DoWithAcceptableCtx(left, func() error { return c.err }, acceptable)
		b.ended(t, "DoWithAcceptableCtx", c.want)
	}
	_ = adapted.DoCtx(left, func() error { leave(); return errDown })
	b.ended(t, "caller left", interrupt)
}

// patient makes breakers that open at the first failure, for as long as the callee asks.
func patient(string) circuit.Breaker {
	return newHystrix(hystrix.Config{
		ConsecutiveFailures: 1, SleepWindow: 5 * time.Minute, SleepJitter: -1, MaxRetryAfter: time.Hour,
	})
}

func TestOpenTimeIsTheServersRetryAfter(t *testing.T) {
	server, client := group.New(patient), group.New(patient)
	opts := gozero.WithGroup(client)
	e := &echo{say: func(context.Context, string) (string, error) { return "", later }}
	conn := dial(t, serve(t, e, nil, guarded(gozero.WithGroup(server))), nil,
		zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor(opts)))
	_, _ = invoke(t.Context(), conn, say, "")
	_, err := invoke(t.Context(), conn, say, "")
	wantRefusal(t, err)

	routes, hosts := group.New(patient), group.New(patient)
	url := serveREST(t, func(s *rest.Server) {
		s.Use(gozero.Middleware(gozero.WithGroup(routes)))
		s.AddRoute(rest.Route{Method: http.MethodGet, Path: "/", Handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(http.StatusServiceUnavailable)
		}})
	})
	users := service(t, t.Name(), gozero.WithGroup(hosts))
	_, err = call(t.Context(), users, url)
	must(t, err)
	if _, err = call(t.Context(), users, url); !errors.Is(err, circuit.ErrNotAllowed) {
		t.Errorf("the second call returned %v, want a refusal", err)
	}

	for what, b := range map[string]circuit.Breaker{
		"zRPC server": server.Get(say), "zRPC client": client.Get(path.Join(conn.Target(), say)),
		"REST": routes.Get("GET:///"), "httpc": hosts.Get(strings.TrimPrefix(url, "http://")),
	} {
		if s := snapshot(b); s.State != circuit.Open || s.RetryAfter > time.Minute || s.RetryAfter < 50*time.Second {
			t.Errorf("%s: %v for %v, want open for 1m", what, s.State, s.RetryAfter)
		}
	}
}
