package migrate_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/failsafehttp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
)

func failsafeRoundTripper(t *testing.T) {
	theirs, ours := failsafeTheirs{}, failsafeOurs{}
	for what, wrap := range map[string]func(http.RoundTripper) http.RoundTripper{
		"theirs": theirs.RoundTripper, "ours": ours.RoundTripper,
	} {
		var asked atomic.Int64
		server := httptest.NewServer(broken(&asked, http.StatusInternalServerError))
		client := &http.Client{Transport: wrap(server.Client().Transport)}
		refused := 0
		for range many {
			resp, err := client.Get(server.URL)
			if err != nil {
				refused++
				continue
			}
			check(t, resp.Body.Close())
		}
		server.Close()
		if n := int(asked.Load()); n < 8 || n > many/2 || refused != many-n {
			t.Errorf("%s: %d of %d calls reached the server, %d were refused", what, n, many, refused)
		}
	}
}

func failsafeRetryAfter(t *testing.T) {
	theirs, ours := failsafeTheirs{}, failsafeOurs{}
	synctest.Test(t, func(t *testing.T) {
		asks := roundTrip(func() *http.Response {
			return &http.Response{StatusCode: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"20"}}, Body: http.NoBody}
		})
		b := must(ours.RetryAfter())
		for what, rt := range map[string]http.RoundTripper{
			"theirs": failsafehttp.NewRoundTripper(asks, theirs.RetryAfter()),
			"ours":   circuithttp.NewTransport(asks, circuithttp.WithBreaker(func(string) circuit.Breaker { return b })),
		} {
			ran := ""
			for range 60 {
				resp, err := rt.RoundTrip(httptest.NewRequest(http.MethodGet, "http://users", nil))
				if err == nil {
					check(t, resp.Body.Close())
					ran += "x"
				} else {
					ran += "-"
				}
				time.Sleep(time.Second / 2)
			}
			// 8 at first, 20 s of rest, and those that follow by each library's rule for probes.
			if want := strings.Repeat("x", 8) + strings.Repeat("-", 39) + "x"; !strings.HasPrefix(ran, want) {
				t.Errorf("%s: %s", what, ran)
			}
		}
	})
}

func failsafeInterceptor(t *testing.T) {
	theirs, ours := failsafeTheirs{}, failsafeOurs{}
	for what, option := range map[string]grpc.DialOption{
		"theirs": theirs.Interceptor(circuitbreaker.NewBuilder[any]().WithFailureThreshold(8).Build()),
		"ours":   ours.Interceptor(),
	} {
		for _, code := range []codes.Code{codes.Internal, codes.NotFound} {
			var asked atomic.Int64
			conn := must(grpc.NewClient(unwell(t, &asked, code), grpc.WithTransportCredentials(insecure.NewCredentials()), option))
			for range many {
				if err := get(t.Context(), conn); err == nil {
					t.Fatalf("%s: no error", what)
				}
			}
			check(t, conn.Close())
			refuses := code == codes.Internal || what == "theirs"
			if n := asked.Load(); n > many/2 == refuses {
				t.Errorf("%s, %v: %d of %d calls reached the server", what, code, n, many)
			}
		}
	}
}

// roundTrip answers all requests.
type roundTrip func() *http.Response

func (r roundTrip) RoundTrip(*http.Request) (*http.Response, error) { return r(), nil }
