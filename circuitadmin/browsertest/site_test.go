package browsertest_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/circuitadmin"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// site mounts the handler as its users do, and returns the page's address.
func site(t *testing.T, groups map[string]*group.Group, opts ...circuitadmin.Option) string {
	t.Helper()
	server := httptest.NewServer(mount(t, groups, opts...))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL + "/breakers/"
}

func mount(t *testing.T, groups map[string]*group.Group, opts ...circuitadmin.Option) http.Handler {
	t.Helper()
	admin, err := circuitadmin.New(groups, opts...)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/breakers/", http.StripPrefix("/breakers", admin))
	return mux
}

// ann is an authorizer.
func ann(*http.Request) (string, error) { return "ann", nil }

// quick opens after five failures, and stays so for a moment.
func quick(string) circuit.Breaker {
	b, err := hystrix.New(hystrix.Config{RequestVolumeThreshold: 5, SleepWindow: 20 * time.Millisecond, SleepJitter: -1})
	if err != nil {
		panic(err)
	}
	return b
}

// firm stays open for longer than any test.
func firm(string) circuit.Breaker {
	b, err := hystrix.New(hystrix.Config{RequestVolumeThreshold: 5, SleepWindow: time.Hour})
	if err != nil {
		panic(err)
	}
	return b
}

// succeed and fail make n calls, as far as they are admitted.
func succeed(b circuit.Breaker, n int) {
	for range n {
		if b.Allow() == nil {
			b.MarkSuccess()
		}
	}
}

func fail(b circuit.Breaker, n int) {
	for range n {
		if b.Allow() == nil {
			b.MarkFailed()
		}
	}
}
