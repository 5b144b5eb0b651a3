package gozero_test

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/core/load"
	"github.com/zeromicro/go-zero/rest"
	"github.com/zeromicro/go-zero/zrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/gozero"
)

// clerk admits every call and writes down how it ended, which the counts of an
// engine tell less exactly.
type clerk struct {
	circuit.Disabled
	mu       sync.Mutex
	outcomes []circuit.Outcome
	results  []circuit.Result
}

func (c *clerk) Acquire() (circuit.Permit, error) { return circuit.NewPermit(c, 0), nil }

func (c *clerk) Settle(token uint64, o circuit.Outcome) {
	c.SettleResult(token, circuit.Result{Outcome: o})
}

func (c *clerk) SettleResult(_ uint64, r circuit.Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.outcomes, c.results = append(c.outcomes, r.Outcome), append(c.results, r)
}

func (c *clerk) option() gozero.Option {
	return gozero.WithBreaker(func(string) circuit.Breaker { return c })
}

// wants waits for as many outcomes, compares them, and forgets them.
func (c *clerk) wants(t *testing.T, what string, want ...circuit.Outcome) {
	t.Helper()
	eventually(t, what+" settled", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.outcomes) >= len(want)
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Equal(c.outcomes, want) {
		t.Errorf("%s: settled as %v, want %v", what, c.outcomes, want)
	}
	c.outcomes, c.results = nil, nil
}

// zrpcOverloads are answers of zRPC; the first is that of go-zero's own shedding
// interceptor, which real CPU load alone would bring about.
var zrpcOverloads = map[string]struct {
	answer error
	want   circuit.Outcome
}{
	"shed":                        {status.Error(codes.ResourceExhausted, load.ErrServiceOverloaded.Error()), circuit.Overload},
	"unavailable":                 {status.Error(codes.Unavailable, "down"), circuit.Failure},
	"too slow":                    {status.Error(codes.DeadlineExceeded, "slow"), circuit.Failure},
	"unavailable, with RetryInfo": {circuitgrpc.StatusOf(retryLater).Err(), circuit.Overload},
}

var retryLater = circuit.NewRefusal("backend", func() (time.Duration, bool) { return time.Minute, true })

// What the callee only may mean must not count as what it says: engines slow
// their callers down for an overload at once, and for failures by a threshold.
func TestRule5_OverloadIsWhatTheCalleeSaysIsOne(t *testing.T) {
	for name, classifier := range map[string]circuit.Classifier{"default": nil, "GoZeroCodes": gozero.GoZeroCodes} {
		atServer, atClient := &clerk{}, &clerk{}
		var answer error
		e := &echo{
			say:  func(context.Context, string) (string, error) { return "", answer },
			talk: func(grpc.ServerStream) error { return answer },
		}
		opts := []gozero.Option{atClient.option(), gozero.WithClassifier(classifier)}
		conn := dial(t, serve(t, e, nil, guarded(atServer.option(), gozero.WithClassifier(classifier))), nil,
			zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor(opts...)),
			zrpc.WithStreamClientInterceptor(gozero.StreamClientInterceptor(opts...)))
		for what, c := range zrpcOverloads {
			answer = c.answer
			_, err := invoke(t.Context(), conn, say, "")
			atClient.wants(t, name+", client, unary, "+what, c.want)
			atServer.wants(t, name+", server, unary, "+what, c.want)
			if status.Code(err) != status.Code(c.answer) {
				t.Errorf("%s arrived as %v", what, err)
			}
			stream, err := conn.NewStream(t.Context(), talkDesc, talk)
			must(t, err)
			if err := stream.RecvMsg(&wrapperspb.StringValue{}); status.Code(err) != status.Code(c.answer) {
				t.Errorf("%s arrived as %v", what, err)
			}
			atClient.wants(t, name+", client, stream, "+what, c.want)
			atServer.wants(t, name+", server, stream, "+what, c.want)
		}
	}
}

// go-zero's REST servers shed load by a 503 that does not say until when, and so
// does all else that answers 503 there.
func TestRule5_OverloadOfRESTAndHTTPC(t *testing.T) {
	for name, c := range map[string]struct {
		status     int
		retryAfter string
		want       circuit.Outcome
	}{
		"limited":               {429, "", circuit.Overload},
		"busy, says until when": {503, "7", circuit.Overload},
		"busy, does not say":    {503, "", circuit.Failure},
		"too slow":              {504, "7", circuit.Failure},
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
		if got, err := call(t.Context(), service(t, t.Name(), atClient.option()), url); got != c.status || err != nil {
			t.Errorf("%s: got %d, %v", name, got, err)
		}
		atClient.wants(t, name+", httpc", c.want)
		atServer.wants(t, name+", REST", c.want)
	}
}

func TestServerFallbackAnswersForAnOverload(t *testing.T) {
	e := &echo{say: func(context.Context, string) (string, error) { return "", zrpcOverloads["shed"].answer }}
	conn := dial(t, serve(t, e, nil, guarded(gozero.WithServerFallback(func(context.Context, string, any, error) (any, error) {
		return wrapperspb.String("instead"), nil
	}))), nil)
	if out, err := invoke(t.Context(), conn, say, ""); out != "instead" || err != nil {
		t.Errorf("got %q, %v, want the fallback's reply", out, err)
	}
}
