package main

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/fallback"
	"github.com/failsafe-go/failsafe-go/timeout"

	"github.com/go-fusebox/fusebox/circuitfailsafe"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

type policy = failsafe.Policy[*http.Response]

// settings open the breaker at two failures in a row, for as long as B asks for by
// Retry-After, and for the sleep window where it doesn't. Both are exact, so that the same
// calls are refused in each run; a fleet of clients had better leave SleepJitter alone.
var settings = hystrix.Config{
	ErrorPercentThreshold: -1,
	ConsecutiveFailures:   2,
	SleepWindow:           5 * time.Second,
	SleepJitter:           -1,
	MaxRetryAfter:         10 * time.Second,
}

// policies are those of the name, from the outside to the inside.
func policies(name string, b circuit.Breaker) []policy {
	guard := circuitfailsafe.NewPolicy[*http.Response](b)
	switch name {
	case "timeout":
		return []policy{limit()}
	case "retry":
		return []policy{retry()}
	case "breaker":
		return []policy{guard}
	case "fallback":
		return []policy{apology()}
	default:
		return []policy{apology(), retry(), guard, limit()}
	}
}

// limit is on the time of one attempt.
func limit() policy { return timeout.New[*http.Response](time.Second) }

// retry is for 503 alone, not for timeouts and refusals: up to three attempts, after 1 s
// and 2 s. When they give up, the last response is the answer.
func retry() policy {
	return circuitfailsafe.NewRetryPolicyBuilder[*http.Response]().
		HandleIf(func(resp *http.Response, _ error) bool {
			return resp != nil && resp.StatusCode == http.StatusServiceUnavailable
		}).
		WithBackoff(time.Second, 10*time.Second).
		ReturnLastFailure().
		OnRetryScheduled(func(e failsafe.ExecutionScheduledEvent[*http.Response]) { discard(e.LastResult()) }).
		Build()
}

const apologyBody = `{"message": "error accessing service B"}`

// apology answers in place of every failure.
func apology() policy {
	return fallback.NewBuilderWithFunc(func(exec failsafe.Execution[*http.Response]) (*http.Response, error) {
		discard(exec.LastResult())
		return &http.Response{
			StatusCode: http.StatusServiceUnavailable,
			Header:     http.Header{"Content-Type": {"application/json"}},
			Body:       io.NopCloser(strings.NewReader(apologyBody)),
		}, nil
	}).HandleIf(func(resp *http.Response, err error) bool {
		return err != nil || resp.StatusCode >= http.StatusInternalServerError
	}).Build()
}

// discard lets the connection of a response go that nobody will read. It would end a timeout
// around the retries, too, so that one is inside.
func discard(resp *http.Response) {
	if resp != nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
}
