package gozero_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/core/breaker"
	"github.com/zeromicro/go-zero/rest/httpc"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/gozero"
)

// service is a real httpc service whose breaker is ours.
func service(tb testing.TB, name string, opts ...gozero.Option) httpc.Service {
	tb.Helper()
	breaker.NoBreakerFor(name)
	base := &http.Transport{DisableKeepAlives: true}
	return httpc.NewServiceWithClient(name, &http.Client{Transport: gozero.NewTransport(base, opts...)})
}

func call(ctx context.Context, s httpc.Service, url string) (int, error) {
	resp, err := s.Do(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

func TestRule1And14_HTTPCRefusalIsNative(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		answer(w, r)
	}))
	defer server.Close()
	g := group.New(tripping)
	s := service(t, t.Name(), gozero.WithGroup(g))
	for i := range 10 {
		if status, err := call(t.Context(), s, server.URL+"/users/"+strconv.Itoa(i)+"?status=500"); status != 500 || err != nil {
			t.Fatalf("call %d: %d, %v", i, status, err)
		}
	}
	_, err := call(t.Context(), s, server.URL)
	if !errors.Is(err, circuit.ErrNotAllowed) || !errors.Is(err, breaker.ErrServiceUnavailable) {
		t.Errorf("%v does not match both sentinels", err)
	}
	if after, ok := circuit.RetryAfter(err); !ok || after < 59*time.Minute {
		t.Errorf("RetryAfter %v, %v", after, ok)
	}
	wantCounts(t, g, strings.TrimPrefix(server.URL, "http://"), circuit.Counts{Failures: 10, Refused: 1})
	if got := asked.Load(); got != 10 {
		t.Errorf("the server was asked %d times, want 10", got)
	}
	if found := keys(g); len(found) != 1 {
		t.Errorf("keys %v, want the host alone", found)
	}
}

func TestRule4_HTTPCCallersCancelIsIgnored(t *testing.T) {
	arrived := make(chan struct{}, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
	}))
	defer server.Close()
	g := group.New(tripping)
	s := service(t, t.Name(), gozero.WithGroup(g),
		gozero.WithRequestKey(func(*http.Request) string { return "users" }))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	if _, err := call(ctx, s, server.URL); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	wantCounts(t, g, "users", circuit.Counts{Ignored: 1})

	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := call(ctx, s, server.URL); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	wantCounts(t, g, "users", circuit.Counts{Ignored: 1, Failures: 1})
}

func TestHTTPCConnectionRefusedIsAFailure(t *testing.T) {
	g := group.New(tripping)
	addr := freeAddr(t)
	s := service(t, t.Name(), gozero.WithGroup(g))
	var netErr net.Error
	if _, err := call(t.Context(), s, "http://"+addr); !errors.As(err, &netErr) {
		t.Fatal(err)
	}
	wantCounts(t, g, addr, circuit.Counts{Failures: 1})
}

func TestHTTPCFallback(t *testing.T) {
	s := service(t, t.Name(), gozero.WithBreaker(forcedOpen),
		gozero.WithRequestFallback(func(_ *http.Request, err error) (*http.Response, error) {
			wantRefusal(t, err)
			return &http.Response{StatusCode: http.StatusTeapot}, nil
		}))
	if status, err := call(t.Context(), s, "http://nowhere.invalid"); status != http.StatusTeapot || err != nil {
		t.Errorf("%d, %v; want the fallback's 418", status, err)
	}
}

type idle struct {
	http.RoundTripper
	closed bool
}

func (i *idle) CloseIdleConnections() { i.closed = true }

func TestTransportClosesIdleConnections(t *testing.T) {
	base := &idle{RoundTripper: http.DefaultTransport}
	(&http.Client{Transport: gozero.NewTransport(base)}).CloseIdleConnections()
	if !base.closed {
		t.Error("http.Client.CloseIdleConnections did not reach the base transport")
	}
}
