package circuit

import (
	"context"
	"fmt"
	"reflect"
)

// Option changes how [Do] and [Call] treat a call.
type Option func(*options)

type options struct {
	classify Classifier
	fallback any // func(context.Context, error) error, or (T, error)
}

// WithClassifier judges calls by c in place of [DefaultClassifier]. A nil c
// changes nothing.
func WithClassifier(c Classifier) Option {
	return func(o *options) {
		if c != nil {
			o.classify = c
		}
	}
}

// WithFallback answers for a call that was refused or judged a failure, as in
// [Outcome.Failed]: f gets its error, and what f returns is returned in its place.
// Under [Call] the value is then the zero one. The fallback is not judged, and a nil one changes nothing.
func WithFallback(f func(ctx context.Context, err error) error) Option {
	return func(o *options) {
		if f != nil {
			o.fallback = f
		}
	}
}

// WithFallbackValue is [WithFallback] for a [Call] of the same T. For another T
// the fallback does not run, and the error says so.
func WithFallbackValue[T any](f func(ctx context.Context, err error) (T, error)) Option {
	return func(o *options) {
		if f != nil {
			o.fallback = f
		}
	}
}

// Do runs fn under b: not at all when b refuses, in which case the error
// matches [ErrNotAllowed]; else once, and tells b how it went. A panic or a
// Goexit in fn, or in the classifier, counts as a failure and goes on unwinding.
func Do(ctx context.Context, b Breaker, fn func(context.Context) error, opts ...Option) error {
	_, err := Call(ctx, b, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, fn(ctx)
	}, opts...)
	return err
}

// Call is [Do] for a function that returns a value. When b refuses, the value
// is the zero one.
func Call[T any](ctx context.Context, b Breaker, fn func(context.Context) (T, error), opts ...Option) (T, error) {
	o := settings(opts)
	permit, err := Acquire(b)
	if err != nil {
		var none T
		return fallBack(ctx, o, none, err)
	}
	v, outcome, err := judged(ctx, permit, o, fn)
	if err != nil && outcome.Failed() {
		return fallBack(ctx, o, v, err)
	}
	return v, err
}

var defaults = options{classify: DefaultClassifier}

// settings allocates only if there are options, which could keep what they get.
func settings(opts []Option) *options {
	if len(opts) == 0 {
		return &defaults
	}
	o := defaults
	for _, opt := range opts {
		if opt != nil {
			opt(&o)
		}
	}
	return &o
}

// judged runs fn and settles its permit, whichever way fn ends.
func judged[T any](ctx context.Context, permit Permit, o *options, fn func(context.Context) (T, error)) (v T, outcome Outcome, err error) {
	result := Result{Outcome: Failure} // until fn and the classifier return
	defer func() { permit.End(result) }()
	v, err = fn(ctx)
	outcome = o.classify(ctx, err)
	result = ResultOf(ctx, err, outcome)
	return v, outcome, err
}

func fallBack[T any](ctx context.Context, o *options, v T, err error) (T, error) {
	switch f := o.fallback.(type) {
	case nil:
		return v, err
	case func(context.Context, error) error:
		var none T
		return none, f(ctx, err)
	case func(context.Context, error) (T, error):
		return f(ctx, err)
	default:
		return v, fmt.Errorf("circuit: fallback is a %T, must return a %v: %w", f, reflect.TypeFor[T](), err)
	}
}
