package inplace

import (
	"context"

	"github.com/go-kratos/kratos/v2/middleware"
	"github.com/go-kratos/kratos/v2/middleware/circuitbreaker"
	"github.com/go-kratos/kratos/v2/transport"

	"github.com/go-fusebox/fusebox/bench/internal/measure"
	"github.com/go-fusebox/fusebox/bench/internal/subjects"
	"github.com/go-fusebox/fusebox/kratos"
)

// The subjects of every place.
const (
	Unguarded = "unguarded"
	Stock     = "stock"
	Ours      = "fusebox"
)

// guard is a name and the middleware of it.
type guard struct {
	name string
	with middleware.Middleware
}

func kratosGuards() []guard {
	return []guard{
		{Unguarded, func(next middleware.Handler) middleware.Handler { return next }},
		{Stock, circuitbreaker.Client()},
		{Ours, kratos.Client()},
	}
}

// KratosCases are Kratos' middleware around a handler that does nothing.
func KratosCases() []measure.Case {
	var all []measure.Case
	ctx := transport.NewClientContext(context.Background(), call{})
	for _, p := range subjects.Parallels {
		for _, g := range kratosGuards() {
			handler := g.with(func(context.Context, any) (any, error) { return nil, nil })
			all = append(all, measure.Case{
				Name: subjects.Name("kratos", p.Name, g.name), Goroutines: p.Goroutines, Adapts: g.name == Ours,
				Make: measure.Of(func(n int) (refused int) {
					for range n {
						if _, err := handler(ctx, nil); err != nil {
							refused++
						}
					}
					return refused
				}),
			})
		}
	}
	return all
}

// call is the transport of a Kratos client's call.
type call struct{}

func (call) Kind() transport.Kind            { return transport.KindGRPC }
func (call) Endpoint() string                { return "direct:///127.0.0.1:1" }
func (call) Operation() string               { return method }
func (call) RequestHeader() transport.Header { return nil }
func (call) ReplyHeader() transport.Header   { return nil }
