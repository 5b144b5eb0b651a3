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

// ParseRetryAfter reads the value of a Retry-After header, and reports false if it is not
// valid: whole seconds, at most 68 years of them, or a date, of which it tells how long
// it is until then by the clock of this machine, 0 if that is over; RFC 9110, section 10.2.3.
func ParseRetryAfter(value string) (after time.Duration, ok bool) {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	until, err := http.ParseTime(value)
	return max(0, time.Until(until)), err == nil
}
