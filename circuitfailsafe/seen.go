package circuitfailsafe

import (
	"context"
	"errors"
	"net/http"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"
	"github.com/failsafe-go/failsafe-go/adaptivethrottler"
	"github.com/failsafe-go/failsafe-go/budget"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/common"
	"github.com/failsafe-go/failsafe-go/policy"
	"github.com/failsafe-go/failsafe-go/ratelimiter"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/failsafe-go/failsafe-go/timeout"

	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// seen is what the classifier sees of an attempt: one error for its result, its error, and
// what the policies on both sides of the breaker did to it, in terms that every classifier
// knows.
func (e *executor[R]) seen(exec policy.ExecutionInternal[R], result *common.PolicyResult[R]) error {
	err := e.errorOf(result.Result, result.Error)
	if exceeded, ok := errors.AsType[retrypolicy.ExceededError](err); ok && exceeded.LastError == nil {
		if last, ok := exceeded.LastResult.(R); ok {
			err = also(err, e.errorOf(last, nil))
		}
	}
	if errors.Is(err, budget.ErrExceeded) { // it has taken the place of what was to be retried
		last := exec.CopyWithResult(nil)
		err = also(err, e.errorOf(last.LastResult(), last.LastError()))
	}
	// The context of a policy inside a timeout that is over is just cancelled.
	if canceled, by := exec.IsCanceledWithResult(); canceled && errors.Is(by.Error, timeout.ErrExceeded) {
		err = also(err, by.Error)
	}
	switch {
	case errors.Is(err, timeout.ErrExceeded):
		return also(err, context.DeadlineExceeded)
	case refusedInside(err):
		return also(err, circuit.ErrNotAllowed)
	}
	return err
}

// refusedInside reports whether a policy inside the breaker refused the attempt: its
// callee wasn't asked.
func refusedInside(err error) bool {
	for _, refusal := range refusals {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}

var refusals = [...]error{
	bulkhead.ErrFull, ratelimiter.ErrExceeded, adaptivelimiter.ErrExceeded, adaptivethrottler.ErrExceeded, circuitbreaker.ErrOpen,
}

// also is err that matches more; either may be nil.
func also(err, more error) error {
	switch {
	case err == nil:
		return more
	case more == nil:
		return err
	}
	return both{err, more}
}

type both struct{ err, more error }

func (b both) Error() string   { return b.err.Error() }
func (b both) Unwrap() []error { return []error{b.err, b.more} }

// errorOf is the default of [WithErrorOf].
func errorOf[R any](result R, err error) error {
	if err != nil {
		return err
	}
	if resp, ok := any(result).(*http.Response); ok && resp != nil {
		return circuithttp.ResponseError(resp)
	}
	return nil
}

// DefaultClassifier is [circuithttp.DefaultClassifier]: it judges plain Go errors, and the
// statuses of HTTP responses by the table of [circuit.OutcomeOfHTTP]. It doesn't know gRPC's.
func DefaultClassifier(ctx context.Context, err error) circuit.Outcome {
	return circuithttp.DefaultClassifier(ctx, err)
}
