package circuithttp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// afterTwo makes breakers that open after two failures in a row.
func afterTwo(string) circuit.Breaker {
	b, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 2, SleepWindow: time.Minute, SleepJitter: -1})
	if err != nil {
		panic(err)
	}
	return b
}

// down is a server that fails every request.
func down() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "out of order", http.StatusInternalServerError)
	}))
}

func ExampleNewTransport() {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "hello")
	}))
	defer srv.Close()

	client := &http.Client{Transport: circuithttp.NewTransport(nil)}
	defer client.CloseIdleConnections()
	resp, err := client.Get(srv.URL)
	if errors.Is(err, circuit.ErrNotAllowed) {
		fmt.Println("refused, nothing was sent")
		return
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	fmt.Println(resp.StatusCode, string(text))
	// Output: 200 hello
}

func ExampleHandler() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /users/{id}", func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "no database", http.StatusInternalServerError)
	})
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "fine")
	})
	srv := httptest.NewServer(circuithttp.Handler(mux, circuithttp.WithBreaker(afterTwo)))
	defer srv.Close()

	for _, path := range []string{"/users/1", "/users/2", "/users/3", "/health"} {
		resp, err := http.Get(srv.URL + path)
		if err != nil {
			fmt.Println(err)
			return
		}
		resp.Body.Close()
		fmt.Printf("%s: %d, Retry-After %q\n", path, resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	// Output:
	// /users/1: 500, Retry-After ""
	// /users/2: 500, Retry-After ""
	// /users/3: 503, Retry-After "60"
	// /health: 200, Retry-After ""
}

func ExampleMiddleware() {
	breakers := group.New(afterTwo)
	guard := circuithttp.Middleware(circuithttp.WithGroup(breakers))

	mux := http.NewServeMux()
	mux.Handle("GET /users/{id}", guard(http.NotFoundHandler()))
	mux.Handle("POST /orders", guard(http.NotFoundHandler()))
	mux.HandleFunc("GET /health", func(http.ResponseWriter, *http.Request) {}) // never refused

	mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/users/7", nil))
	mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/health", nil))
	for key := range breakers.All() {
		fmt.Println(key)
	}
	// Output: GET /users/{id}
}

func ExampleWithBreaker() {
	srv := down()
	defer srv.Close()
	client := &http.Client{Transport: circuithttp.NewTransport(nil, circuithttp.WithBreaker(
		func(key string) circuit.Breaker {
			b, err := hystrix.New(hystrix.Config{ConsecutiveFailures: 1, SleepWindow: time.Minute, SleepJitter: -1})
			if err != nil {
				panic(err)
			}
			return b
		}))}
	defer client.CloseIdleConnections()
	for range 2 {
		resp, err := client.Get(srv.URL)
		if err != nil {
			after, _ := circuit.RetryAfter(err)
			fmt.Println("refused, retry after", after.Round(time.Minute))
			continue
		}
		resp.Body.Close()
		fmt.Println(resp.StatusCode)
	}
	// Output:
	// 500
	// refused, retry after 1m0s
}

func ExampleWithGroup() {
	srv := down()
	defer srv.Close()
	breakers := group.New(afterTwo)
	client := &http.Client{Transport: circuithttp.NewTransport(nil,
		circuithttp.WithGroup(breakers),
		circuithttp.WithKey(func(*http.Request) string { return "users" }))}
	defer client.CloseIdleConnections()

	for range 3 {
		if resp, err := client.Get(srv.URL); err == nil {
			resp.Body.Close()
		}
	}
	s := breakers.Get("users").(circuit.Reporter).Snapshot()
	fmt.Println(s.State, s.Total.Failures, "failed", s.Total.Refused, "refused")
	// Output: open 2 failed 1 refused
}

func ExampleWithKey() {
	srv := down()
	defer srv.Close()
	// One breaker per service and first part of the path.
	byService := func(r *http.Request) string {
		service, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		return r.URL.Hostname() + " " + service
	}
	client := &http.Client{Transport: circuithttp.NewTransport(nil,
		circuithttp.WithKey(byService), circuithttp.WithBreaker(afterTwo))}
	defer client.CloseIdleConnections()
	for _, path := range []string{"/users/1", "/users/2", "/users/3", "/orders/1"} {
		resp, err := client.Get(srv.URL + path)
		if err != nil {
			fmt.Println(path, "refused:", errors.Is(err, circuit.ErrNotAllowed))
			continue
		}
		resp.Body.Close()
		fmt.Println(path, resp.StatusCode)
	}
	// Output:
	// /users/1 500
	// /users/2 500
	// /users/3 refused: true
	// /orders/1 500
}

func ExampleWithClassifier() {
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	// For this service a 404 is a failure.
	classify := func(ctx context.Context, err error) circuit.Outcome {
		if errors.Is(err, circuithttp.StatusError(http.StatusNotFound)) {
			return circuit.Failure
		}
		return circuithttp.DefaultClassifier(ctx, err)
	}
	client := &http.Client{Transport: circuithttp.NewTransport(nil,
		circuithttp.WithClassifier(classify), circuithttp.WithBreaker(afterTwo))}
	defer client.CloseIdleConnections()
	for range 3 {
		resp, err := client.Get(srv.URL)
		if err != nil {
			fmt.Println("refused:", errors.Is(err, circuit.ErrNotAllowed))
			continue
		}
		resp.Body.Close()
		fmt.Println(resp.StatusCode)
	}
	// Output:
	// 404
	// 404
	// refused: true
}

func ExampleWithFallback() {
	srv := down()
	defer srv.Close()
	fromCache := func(req *http.Request, err error) (*http.Response, error) {
		if !errors.Is(err, circuit.ErrNotAllowed) {
			return nil, nil // a call that failed shows its own response
		}
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("from the cache"))}, nil
	}
	client := &http.Client{Transport: circuithttp.NewTransport(nil,
		circuithttp.WithFallback(fromCache), circuithttp.WithBreaker(afterTwo))}
	defer client.CloseIdleConnections()
	for range 3 {
		resp, err := client.Get(srv.URL)
		if err != nil {
			fmt.Println(err)
			return
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Println(resp.StatusCode, strings.TrimSpace(string(text)))
	}
	// Output:
	// 500 out of order
	// 500 out of order
	// 200 from the cache
}

func ExampleWithFallback_server() {
	busy := func(req *http.Request, err error) (*http.Response, error) {
		return &http.Response{
			StatusCode: http.StatusServiceUnavailable,
			Header:     http.Header{"Content-Type": {"application/json"}},
			Body:       io.NopCloser(strings.NewReader(`{"code":"BUSY"}`)),
		}, nil
	}
	h := circuithttp.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler)
	}), circuithttp.WithFallback(busy), circuithttp.WithBreaker(func(key string) circuit.Breaker {
		b := afterTwo(key)
		_ = b.(circuit.ModeSetter).SetMode(circuit.ForceOpen)
		return b
	}))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	fmt.Println(w.Code, w.Body)
	// Output: 503 {"code":"BUSY"}
}

func ExampleWithObserver() {
	srv := down()
	defer srv.Close()
	client := &http.Client{Transport: circuithttp.NewTransport(nil,
		circuithttp.WithBreaker(afterTwo),
		circuithttp.WithKey(func(*http.Request) string { return "users" }),
		circuithttp.WithObserver(func(e circuit.Event) {
			fmt.Printf("%s: %v to %v, %s\n", e.Key, e.From, e.To, e.Reason)
		}))}
	defer client.CloseIdleConnections()
	for range 2 {
		if resp, err := client.Get(srv.URL); err == nil {
			resp.Body.Close()
		}
	}
	// Output: users: closed to open, consecutive failures
}

func ExampleStatusError() {
	err := fmt.Errorf("calling users: %w", circuithttp.StatusError(http.StatusTooManyRequests))
	var status circuithttp.StatusError
	if errors.As(err, &status) {
		fmt.Println(int(status), err)
	}
	fmt.Println(circuithttp.DefaultClassifier(context.Background(), err))
	// Output:
	// 429 calling users: circuithttp: status 429 Too Many Requests
	// overload
}

func ExampleDefaultClassifier() {
	for _, err := range []error{
		nil,
		circuithttp.StatusError(http.StatusNotFound),
		circuithttp.StatusError(http.StatusServiceUnavailable),
		context.DeadlineExceeded,
		context.Canceled,
	} {
		fmt.Println(circuithttp.DefaultClassifier(context.Background(), err))
	}
	// Output:
	// success
	// success
	// failure
	// failure
	// ignored
}

func ExampleClientKey() {
	req := httptest.NewRequest(http.MethodGet, "https://API.example.com:443/users/1", nil)
	fmt.Println(circuithttp.ClientKey(req))
	// Output: GET api.example.com
}

func ExampleResponseError() {
	busy := &http.Response{StatusCode: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"60"}}}
	err := circuithttp.ResponseError(busy)
	after, _ := circuit.RetryAfter(err)
	fmt.Println(err, after.Round(time.Second))
	fmt.Println(circuithttp.ResponseError(&http.Response{StatusCode: http.StatusOK}))
	// Output:
	// circuithttp: status 503 Service Unavailable 1m0s
	// <nil>
}

func ExampleParseRetryAfter() {
	fmt.Println(circuithttp.ParseRetryAfter("120"))
	fmt.Println(circuithttp.ParseRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT"))
	fmt.Println(circuithttp.ParseRetryAfter("soon"))
	// Output:
	// 2m0s true
	// 0s true
	// 0s false
}
