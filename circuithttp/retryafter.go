package circuithttp

import (
	"net/http"
	"strconv"
	"time"
)

// retryError is a StatusError of a response that says when to come back.
type retryError struct {
	StatusError
	until time.Time
}

func (e retryError) Unwrap() error { return e.StatusError }

// RetryAfter is what [circuit.RetryAfter] looks for.
func (e retryError) RetryAfter() (time.Duration, bool) { return max(0, time.Until(e.until)), true }

// parseRetryAfter reads whole seconds, at most 68 years of them, or a date, which
// may be over; RFC 9110, section 10.2.3.
func parseRetryAfter(value string) (until time.Time, ok bool) {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Now().Add(time.Duration(seconds) * time.Second), true
	}
	until, err := http.ParseTime(value)
	return until, err == nil
}
