package kratos

import (
	"context"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
)

// Option changes a middleware, an interceptor or [Nodes] at its making. Each fits
// all of them, unless its comment says otherwise. A nil Option, or one with a nil
// argument, changes nothing.
type Option func(*options)

type options struct {
	guard    guard.Config
	key      Key
	fallback Fallback
}

func newOptions(opts []Option) options {
	var o options
	for _, opt := range opts {
		if opt != nil {
			opt(&o)
		}
	}
	return o
}

// WithGroup takes the breakers from g, which several may share. Default: a group
// of its own.
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

// WithKey finds the key of a call's breaker by key. [Nodes] has no use for it: its
// keys are addresses. Default: [ByOperation].
func WithKey(key Key) Option {
	return func(o *options) {
		if key != nil {
			o.key = key
		}
	}
}

// WithClassifier judges calls by c. Default: [DefaultClassifier].
func WithClassifier(c circuit.Classifier) Option {
	return func(o *options) {
		if c != nil {
			o.guard.Classifier = c
		}
	}
}

// WithObserver tells observer of every state change in the group. Of those that
// share a group, one needs it.
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

// Fallback answers for a call that was refused or judged a failure, err being why.
// It is not judged.
//
// On a server, what it returns is what the caller gets. A Kratos client takes
// only the error from its middleware and drops the reply: there a Fallback can
// return another error, or nil, with which the caller's reply stays empty.
type Fallback func(ctx context.Context, req any, err error) (reply any, _ error)

// WithFallback sets a fallback. Streams have no use for it; [Nodes] calls it when
// no node may be asked. Default: none.
func WithFallback(f Fallback) Option {
	return func(o *options) {
		if f != nil {
			o.fallback = f
		}
	}
}
