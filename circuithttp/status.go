package circuithttp

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// StatusError is the status of a response, from 400 on, as an error for
// classifiers and fallbacks: find it with [errors.As], or compare it, as in
// errors.Is(err, StatusError(http.StatusTeapot)).
type StatusError int

// Error names the status.
func (s StatusError) Error() string {
	text := http.StatusText(int(s))
	if text == "" {
		return "circuithttp: status " + strconv.Itoa(int(s))
	}
	return "circuithttp: status " + strconv.Itoa(int(s)) + " " + text
}

// DefaultClassifier judges a call to or in a server:
//
//   - no error is a Success;
//   - a refusal by another breaker, a deadline and a cancellation are judged
//     by [circuit.OutcomeOfContext];
//   - a [StatusError] is judged by [circuit.OutcomeOfHTTP];
//   - any other error is a Failure;
//   - what would be a Failure is Ignored when the caller gave the call up.
func DefaultClassifier(ctx context.Context, err error) circuit.Outcome {
	if err == nil {
		return circuit.Success
	}
	if o, ok := circuit.OutcomeOfContext(ctx, err); ok {
		return o
	}
	outcome := circuit.Failure
	if status, ok := errors.AsType[StatusError](err); ok {
		outcome = circuit.OutcomeOfHTTP(int(status))
	}
	if outcome == circuit.Failure && circuit.GaveUp(ctx) {
		return circuit.Ignored
	}
	return outcome
}

// statusErrors are ready-made, so that a failing call allocates nothing for its.
var statusErrors = func() (prepared [600]error) {
	for code := range prepared {
		prepared[code] = StatusError(code)
	}
	return prepared
}()

func statusError(code int) error {
	if code >= 0 && code < len(statusErrors) {
		return statusErrors[code]
	}
	return StatusError(code)
}

// failedStatus is what a classifier gets for a status.
func failedStatus(code int) error {
	if code < http.StatusBadRequest {
		return nil
	}
	return statusError(code)
}
