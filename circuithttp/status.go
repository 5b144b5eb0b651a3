package circuithttp

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// StatusError is the status of a response, from 400 on, as an error for
// classifiers and fallbacks: find it with [errors.As], or compare it, as in
// errors.Is(err, StatusError(http.StatusTeapot)). Where the response has a valid
// Retry-After header, [circuit.RetryAfter] of the error tells it.
type StatusError int

// Error names the status.
func (s StatusError) Error() string {
	text := http.StatusText(int(s))
	if text == "" {
		return "circuithttp: status " + strconv.Itoa(int(s))
	}
	return "circuithttp: status " + strconv.Itoa(int(s)) + " " + text
}

// Timeout reports whether the status says that something was not over in time: 408 and 504.
func (s StatusError) Timeout() bool {
	return s == http.StatusRequestTimeout || s == http.StatusGatewayTimeout
}

// DefaultClassifier judges a call to or in a server:
//
//   - no error is a Success;
//   - a refusal by another breaker, a deadline and a cancellation are judged
//     by [circuit.OutcomeOfContext];
//   - a [StatusError] is judged by [circuit.OutcomeOfHTTP], with Retry-After
//     where [circuit.RetryAfter] knows it: 429, and 503 that says when to come
//     back, are an Overload;
//   - any other error is a Failure;
//   - what would be a Failure or an Overload is Ignored when the caller gave the
//     call up.
func DefaultClassifier(ctx context.Context, err error) circuit.Outcome {
	if err == nil {
		return circuit.Success
	}
	if o, ok := circuit.OutcomeOfContext(ctx, err); ok {
		return o
	}
	outcome := circuit.Failure
	if status, ok := errors.AsType[StatusError](err); ok {
		_, told := circuit.RetryAfter(err)
		outcome = circuit.OutcomeOfHTTP(int(status), told)
	}
	if outcome.Failed() && circuit.GaveUp(ctx) {
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

// statusError is the error of a status and the value of the Retry-After header
// that came with it.
func statusError(code int, retryAfter string) error {
	if retryAfter != "" {
		if after, ok := ParseRetryAfter(retryAfter); ok {
			return retryError{StatusError(code), time.Now().Add(after)}
		}
	}
	if code >= 0 && code < len(statusErrors) {
		return statusErrors[code]
	}
	return StatusError(code)
}

// ResponseError is what a classifier gets for a response: nil for a status below 400, else
// its [StatusError], with the time of its Retry-After header where that is valid. The body
// is left alone.
func ResponseError(resp *http.Response) error {
	if resp.StatusCode < http.StatusBadRequest {
		return nil
	}
	return statusError(resp.StatusCode, resp.Header.Get("Retry-After"))
}
