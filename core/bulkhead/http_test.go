package bulkhead_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// hanging is a server whose handler says that it has begun, and waits for its release.
func hanging(t *testing.T, wrap func(http.Handler) http.Handler) (url string, begun chan struct{}, release chan struct{}) {
	begun, release = make(chan struct{}), make(chan struct{})
	srv := httptest.NewServer(wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		begun <- struct{}{}
		<-release
		_, _ = io.WriteString(w, "done")
	})))
	t.Cleanup(srv.Close)
	return srv.URL, begun, release
}

// twoOfThree makes two calls that hang and a third one, which the limit refuses; then the
// two end, and another gets through.
func twoOfThree(t *testing.T, client *http.Client, url string, begun, release chan struct{}, limit bulkhead.Limit, refused func(*http.Response, error)) {
	answers := make(chan error)
	call := func() {
		resp, err := client.Get(url)
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		answers <- err
	}
	for range 2 {
		go call()
		<-begun
	}
	resp, err := client.Get(url)
	refused(resp, err)
	for range 2 {
		release <- struct{}{}
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
	go call()
	<-begun
	if got, want := limit.Stats(), (bulkhead.Stats{InFlight: 1, Max: 2, Rejected: 1}); got != want {
		t.Errorf("stats are %+v, want %+v", got, want)
	}
	release <- struct{}{}
	if err := <-answers; err != nil {
		t.Error(err)
	}
}

func TestHTTPClient(t *testing.T) {
	for name, suite := range engines(t) {
		t.Run(name, func(t *testing.T) {
			limit := newBulkhead(t, bulkhead.Config{Max: 2})
			engine := suite.New()
			url, begun, release := hanging(t, func(h http.Handler) http.Handler { return h })
			client := &http.Client{Transport: circuithttp.NewTransport(nil, circuithttp.WithBreaker(func(string) circuit.Breaker {
				return bulkhead.Guard(engine, limit)
			}))}
			defer client.CloseIdleConnections()
			twoOfThree(t, client, url, begun, release, limit, func(_ *http.Response, err error) {
				if !errors.Is(err, bulkhead.ErrFull) || !errors.Is(err, circuit.ErrNotAllowed) {
					t.Errorf("the third call: %v, want ErrFull", err)
				}
			})
			reporter, _ := circuit.As[circuit.Reporter](engine)
			if got, want := reporter.Snapshot().Total, (circuit.Counts{Successes: 3, Ignored: 1}); got != want {
				t.Errorf("the breaker counts %+v, want %+v", got, want)
			}
		})
	}
}

func TestHTTPServer(t *testing.T) {
	for name, suite := range engines(t) {
		t.Run(name, func(t *testing.T) {
			limit := newBulkhead(t, bulkhead.Config{Max: 2})
			url, begun, release := hanging(t, func(h http.Handler) http.Handler {
				return circuithttp.Handler(h, circuithttp.WithBreaker(func(string) circuit.Breaker {
					return bulkhead.Guard(suite.New(), limit)
				}))
			})
			client := &http.Client{}
			defer client.CloseIdleConnections()
			twoOfThree(t, client, url, begun, release, limit, func(resp *http.Response, err error) {
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				if resp.StatusCode != http.StatusServiceUnavailable {
					t.Errorf("the third call got %s, want a 503", resp.Status)
				}
			})
		})
	}
}
