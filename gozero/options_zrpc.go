package gozero

import "github.com/go-fusebox/fusebox/circuitgrpc"

// Key finds the key of a zRPC call's breaker. The method is the full one, as in
// "/package.Service/Method"; target is the client's, such as
// "direct:///10.0.0.1:8080", and empty on a server. A Key is called once for each
// call, by any number of goroutines.
type Key = circuitgrpc.Key

// WithKey finds the key of a zRPC call's breaker by key. Default, as with
// go-zero's own breaker: target and method, joined by [path.Join], on a client,
// where each is made once; the full method on a server. REST and httpc have
// [WithRequestKey].
func WithKey(key Key) Option {
	return func(o *options) {
		if key != nil {
			o.key = key
		}
	}
}

// Fallback answers for a unary call of a client that was refused or judged a
// failure, err being why: it fills in reply and returns nil, or returns the error
// that the caller gets. It is not judged.
type Fallback = circuitgrpc.Fallback

// WithFallback sets the fallback of [UnaryClientInterceptor]; the others have no
// use for it. Default: none.
func WithFallback(f Fallback) Option {
	return func(o *options) {
		if f != nil {
			o.fallback = f
		}
	}
}

// ServerFallback is [Fallback] on a server: it returns the response or the error
// that the client gets.
type ServerFallback = circuitgrpc.ServerFallback

// WithServerFallback sets the fallback of [UnaryServerInterceptor]; the others
// have no use for it. Default: none.
func WithServerFallback(f ServerFallback) Option {
	return func(o *options) {
		if f != nil {
			o.serverFallback = f
		}
	}
}

// client is the options as those of circuitgrpc on a client.
func (o *options) client() []circuitgrpc.Option {
	return append([]circuitgrpc.Option{circuitgrpc.WithTargets()}, o.server()...)
}

func (o *options) server() []circuitgrpc.Option {
	return []circuitgrpc.Option{
		circuitgrpc.WithGroup(o.guard.Group),
		circuitgrpc.WithBreaker(o.guard.Breaker),
		circuitgrpc.WithClassifier(DefaultClassifier),
		circuitgrpc.WithClassifier(o.guard.Classifier),
		circuitgrpc.WithObserver(o.guard.Observer),
		circuitgrpc.WithRefusalObserver(o.guard.Refused),
		circuitgrpc.WithKey(o.key),
		circuitgrpc.WithFallback(o.fallback),
		circuitgrpc.WithRefusal(func(r *circuitgrpc.Refusal) error { return &Refusal{r} }),
	}
}
