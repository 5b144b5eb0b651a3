package gozero

import (
	"context"
	"net/http"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
)

// Option changes an interceptor, a middleware or a transport at its making. Each
// fits all of them, unless its comment says otherwise. A nil argument changes
// nothing.
type Option func(*options)

type options struct {
	guard guard.Config

	key            Key // of zRPC
	fallback       Fallback
	serverFallback ServerFallback

	requestKey      func(*http.Request) string // of REST and httpc
	requestFallback func(*http.Request, error) (*http.Response, error)
}

func gather(opts []Option) *options {
	o := &options{}
	for _, opt := range opts {
		if opt != nil {
			opt(o)
		}
	}
	return o
}

// WithGroup takes the breakers from g, which several interceptors may share.
// Default: a group of its own for each.
func WithGroup(g *group.Group) Option {
	return func(o *options) {
		if g != nil {
			o.guard.Group = g
		}
	}
}

// WithBreaker makes the breaker of a key by factory. It has no effect beside
// [WithGroup]. Default: [guard.DefaultBreaker].
func WithBreaker(factory func(key string) circuit.Breaker) Option {
	return func(o *options) {
		if factory != nil {
			o.guard.Breaker = factory
		}
	}
}

// WithClassifier judges calls by c. Default: [DefaultClassifier] for zRPC,
// [circuithttp.DefaultClassifier] for REST and httpc.
func WithClassifier(c circuit.Classifier) Option {
	return func(o *options) {
		if c != nil {
			o.guard.Classifier = c
		}
	}
}

// WithObserver tells observer of every state change in the group. Interceptors
// that share a group need it once.
func WithObserver(observer circuit.Observer) Option {
	return func(o *options) {
		if observer != nil {
			o.guard.Observer = observer
		}
	}
}

// WithRefusalObserver tells f of each refused call, once, before the refusal or a
// fallback is returned: with the context of the call, the key, and the breaker's own
// error, on which [circuit.RetryAfter] works. f runs on the goroutine of the call, for
// many calls at a time, and should return at once. Default: nobody is told.
func WithRefusalObserver(f func(ctx context.Context, key string, err error)) Option {
	return func(o *options) {
		if f != nil {
			o.guard.Refused = f
		}
	}
}
