package gozero

import (
	"context"
	"net/http"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// Middleware guards the routes of a REST server, for its Use:
//
//	srv.Use(gozero.Middleware())
//
// Each route has a breaker of its own, by the name that go-zero's own breaker
// gives it: method and pattern, such as "GET:///users/:id". A refused request gets
// a 503, with Retry-After where that is known. Others are judged when their
// handler returns, by status, or by the context when that ended before.
//
// go-zero doesn't tell a middleware the pattern, so it is put together from the
// path and its variables, without a slash at its end. Where the value of a variable
// equals another segment of the path, the last such segment is taken for the
// variable; [RouteMiddleware] is told the pattern, and spends no time on it.
func Middleware(opts ...Option) func(http.HandlerFunc) http.HandlerFunc {
	return middleware(routeKey, opts)
}

// RouteMiddleware is [Middleware] for one route, with the breaker of that name:
//
//	rest.WithMiddleware(gozero.RouteMiddleware(http.MethodGet, "/users/:id"), route)
//
// The pattern is to include what rest.WithPrefix puts before it.
func RouteMiddleware(method, pattern string, opts ...Option) func(http.HandlerFunc) http.HandlerFunc {
	name := method + separator + pattern
	return middleware(func(*http.Request) string { return name }, opts)
}

func middleware(key func(*http.Request) string, opts []Option) func(http.HandlerFunc) http.HandlerFunc {
	o := gather(opts)
	o.guard.Classifier = contextFirst(o.guard.Classifier)
	wrap := circuithttp.Middleware(o.http(key)...)
	return func(next http.HandlerFunc) http.HandlerFunc { return wrap(next).ServeHTTP }
}

// contextFirst shows c the end of the context in place of a status that came too
// late: go-zero's timeout has answered by then.
func contextFirst(c circuit.Classifier) circuit.Classifier {
	if c == nil {
		c = circuithttp.DefaultClassifier
	}
	return func(ctx context.Context, err error) circuit.Outcome {
		if ended := ctx.Err(); err != nil && ended != nil {
			err = ended
		}
		return c(ctx, err)
	}
}
