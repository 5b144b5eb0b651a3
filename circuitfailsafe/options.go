package circuitfailsafe

import (
	"context"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
)

// Option changes what [NewPolicy] makes. A nil Option, or one with a nil argument, changes
// nothing.
type Option[R any] func(*options[R])

type options[R any] struct {
	group    *group.Group
	key      func(context.Context) string
	classify circuit.Classifier
	errorOf  func(R, error) error
	resultOf func(context.Context, error, circuit.Outcome) circuit.Result
	refused  guard.RefusalObserver
	refusal  func(context.Context, error) error
}

func newOptions[R any](opts []Option[R]) options[R] {
	o := options[R]{key: KeyFromContext, classify: DefaultClassifier, errorOf: errorOf[R], resultOf: circuit.ResultOf}
	for _, opt := range opts {
		if opt != nil {
			opt(&o)
		}
	}
	return o
}

// WithGroup asks the breaker of each attempt's key in g, in place of the one that
// [NewPolicy] was given. A policy sees nothing of a call but its context, so key finds the
// key there, for the context of the attempt; nil is [KeyFromContext].
func WithGroup[R any](g *group.Group, key func(context.Context) string) Option[R] {
	return func(o *options[R]) {
		if g == nil {
			return
		}
		o.group = g
		if key != nil {
			o.key = key
		}
	}
}

// WithClassifier judges attempts by c, by the error that the package's documentation
// says. For gRPC it should be circuitgrpc.DefaultClassifier. Default: [DefaultClassifier].
func WithClassifier[R any](c circuit.Classifier) Option[R] {
	return func(o *options[R]) {
		if c != nil {
			o.classify = c
		}
	}
}

// WithErrorOf makes of an attempt's result and error the one error that the classifier
// sees; nobody else does. Where [circuit.RetryAfter] of it knows how long the callee wants
// to be left alone, the breaker is told. f must leave a response's body alone.
//
// Default: the error; without one, what [circuithttp.ResponseError] says of an
// *http.Response, and nil for all other results.
func WithErrorOf[R any](f func(result R, err error) error) Option[R] {
	return func(o *options[R]) {
		if f != nil {
			o.errorOf = f
		}
	}
}

// WithResultOf finds out why a judged attempt has its outcome, and what else its error
// tells. For gRPC it should be circuitgrpc.ResultOf. Default: [circuit.ResultOf].
func WithResultOf[R any](f func(context.Context, error, circuit.Outcome) circuit.Result) Option[R] {
	return func(o *options[R]) {
		if f != nil {
			o.resultOf = f
		}
	}
}

// WithRefusal has a refused attempt end with what f makes of the breaker's error, and what
// that should unwrap to. Default, and where f returns nil: the breaker's own error.
func WithRefusal[R any](f func(ctx context.Context, err error) error) Option[R] {
	return func(o *options[R]) {
		if f != nil {
			o.refusal = f
		}
	}
}

// WithRefusalObserver tells f of each refused attempt, once: with its context, the key in
// the group, and the breaker's own error, on which [circuit.RetryAfter] works. f runs on
// the goroutine of the attempt, for many at a time, and should return at once. Default:
// nobody is told.
func WithRefusalObserver[R any](f func(ctx context.Context, key string, err error)) Option[R] {
	return func(o *options[R]) {
		if f != nil {
			o.refused = f
		}
	}
}
