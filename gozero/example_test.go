package gozero_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/zeromicro/go-zero/core/breaker"
	"github.com/zeromicro/go-zero/rest"
	"github.com/zeromicro/go-zero/rest/httpc"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/gozero"
)

func failing(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }

// Every route of a REST server, with Middlewares.Breaker false in its
// configuration.
func ExampleMiddleware() {
	t := &exampleT{}
	defer t.stop()
	url := serveREST(t, func(srv *rest.Server) {
		srv.Use(gozero.Middleware(gozero.WithBreaker(afterThree)))
		srv.AddRoute(rest.Route{Method: http.MethodGet, Path: "/users/:id", Handler: failing})
	})

	for id := range 4 {
		status, header := get(t, fmt.Sprint(url, "/users/", id))
		fmt.Println(status, header.Get("Retry-After") != "")
	}
	// Output:
	// 500 false
	// 500 false
	// 500 false
	// 503 true
}

// One route, by a name that it is given.
func ExampleRouteMiddleware() {
	t := &exampleT{}
	defer t.stop()
	users := rest.Route{Method: http.MethodGet, Path: "/users/:id", Handler: failing}
	url := serveREST(t, func(srv *rest.Server) {
		srv.AddRoutes(rest.WithMiddleware(
			gozero.RouteMiddleware(users.Method, users.Path, gozero.WithBreaker(afterThree)), users))
	})

	for id := range 4 {
		status, _ := get(t, fmt.Sprint(url, "/users/", id))
		fmt.Println(status)
	}
	// Output:
	// 500
	// 500
	// 500
	// 503
}

// httpc's own breaker gives way to ours.
func ExampleNewTransport() {
	server := httptest.NewServer(http.HandlerFunc(failing))
	defer server.Close()

	breaker.NoBreakerFor("users")
	users := httpc.NewServiceWithClient("users", &http.Client{
		Transport: gozero.NewTransport(&http.Transport{DisableKeepAlives: true}, gozero.WithBreaker(afterThree)),
	})

	for range 4 {
		req, _ := http.NewRequest(http.MethodGet, server.URL, http.NoBody)
		resp, err := users.DoRequest(req)
		if err != nil {
			fmt.Println("refused:", errors.Is(err, breaker.ErrServiceUnavailable))
			continue
		}
		_ = resp.Body.Close()
		fmt.Println(resp.Status)
	}
	// Output:
	// 500 Internal Server Error
	// 500 Internal Server Error
	// 500 Internal Server Error
	// refused: true
}

// Code that wants go-zero's breaker.Breaker gets any of our breakers.
func ExampleNewBreaker() {
	b := gozero.NewBreaker("db", afterThree(""))

	for range 4 {
		err := b.Do(func() error { return errors.New("down") })
		fmt.Println(err, errors.Is(err, breaker.ErrServiceUnavailable), errors.Is(err, circuit.ErrNotAllowed))
	}
	// Output:
	// down false false
	// down false false
	// down false false
	// gozero: hystrix: call not allowed true true
}
