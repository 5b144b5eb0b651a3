package circuitgrpc

import (
	"context"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
)

// Option changes an interceptor at its making. Each fits all four, unless its
// comment says otherwise. A nil Option, or one with a nil argument, changes nothing.
type Option func(*options)

type options struct {
	guard          guard.Config
	key            Key
	byTarget       bool // in place of a key
	fallback       Fallback
	serverFallback ServerFallback
	refused        func(*Refusal) error
}

// WithGroup takes the breakers from g, which several interceptors may share.
// Default: a group of the interceptor's own.
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

// WithKey finds the key of a call's breaker by key. Default: the full method.
func WithKey(key Key) Option {
	return func(o *options) {
		if key != nil {
			o.key, o.byTarget = key, false
		}
	}
}

// WithTargets makes one breaker for each method of each target, for an interceptor
// that serves several connections: its key is target and method, joined by
// [path.Join]. On a server, it is the method. Of this option and [WithKey] the last
// one counts.
func WithTargets() Option {
	return func(o *options) { o.key, o.byTarget = nil, true }
}

// WithClassifier judges calls by c. Default: [DefaultClassifier].
func WithClassifier(c circuit.Classifier) Option {
	return func(o *options) {
		if c != nil {
			o.guard.Classifier = c
		}
	}
}

// WithObserver tells observer of every state change in the interceptor's group.
// Interceptors that share a group need it once.
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

// Fallback answers for a unary call of a client that was refused or judged a
// failure, err being why: it fills in reply and returns nil, or returns the error
// that the caller gets. It is not judged.
type Fallback func(ctx context.Context, method string, req, reply any, err error) error

// WithFallback sets the fallback of [UnaryClientInterceptor]; the other
// interceptors have no use for it. Default: none.
func WithFallback(f Fallback) Option {
	return func(o *options) {
		if f != nil {
			o.fallback = f
		}
	}
}

// ServerFallback is [Fallback] on a server: it returns the response or the error
// that the client gets.
type ServerFallback func(ctx context.Context, method string, req any, err error) (resp any, _ error)

// WithServerFallback sets the fallback of [UnaryServerInterceptor]; the other
// interceptors have no use for it. Default: none.
func WithServerFallback(f ServerFallback) Option {
	return func(o *options) {
		if f != nil {
			o.serverFallback = f
		}
	}
}

// WithRefusal has a refused call return what f makes of its refusal, which what f
// returns should unwrap to. It is for adapters to frameworks that have an error of
// their own for this. Refusals are kept for the next calls, and so is what f
// returns: it must not be changed by anybody. Default, and where f returns nil: the refusal
// itself.
func WithRefusal(f func(*Refusal) error) Option {
	return func(o *options) {
		if f != nil {
			o.refused = f
		}
	}
}
