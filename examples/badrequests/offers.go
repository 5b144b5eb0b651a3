package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// settings open the circuit at the fifth failure in a row; the rule of percentages is off.
var settings = hystrix.Config{
	ConsecutiveFailures:   5,
	ErrorPercentThreshold: -1,
}

var limits = hystrix.CommandConfig{
	Timeout:                20 * time.Millisecond,
	MaxConcurrent:          3,
	MaxConcurrentFallbacks: 1,
}

// invalid is a mistake of who asks.
type invalid struct{ field, want string }

func (e *invalid) Error() string { return e.field + " " + e.want }

var errDatabase = errors.New("no connection to the database")

// catalogue is the callee. It heeds no ctx, as some drivers don't.
type catalogue struct {
	down  bool
	takes time.Duration
}

func (c *catalogue) find(_ context.Context, id string) error {
	switch {
	case id == "":
		return circuit.BadRequest(&invalid{"id", "must not be empty"})
	case c.down:
		return errDatabase
	}
	time.Sleep(c.takes)
	return nil
}

// kind tells how a call ended.
func kind(err error) string {
	var mistake *invalid
	switch {
	case err == nil:
		return "success"
	case errors.As(err, &mistake): // and errors.Is(err, circuit.ErrBadRequest)
		return "bad request: " + mistake.field
	case errors.Is(err, hystrix.ErrMaxFallbacks): // besides what the fallback was for
		return "fallback reject"
	case errors.Is(err, hystrix.ErrShortCircuit):
		return "short circuit"
	case errors.Is(err, hystrix.ErrMaxConcurrency):
		return "concurrency reject"
	case errors.Is(err, hystrix.ErrTimeout):
		return "timeout"
	case errors.Is(err, hystrix.ErrInterrupt):
		return "interrupt"
	default:
		return "failure"
	}
}

// status is what an HTTP server could answer.
func status(err error) int {
	switch {
	case err == nil:
		return http.StatusOK
	case errors.Is(err, circuit.ErrBadRequest):
		return http.StatusBadRequest
	case errors.Is(err, circuit.ErrNotAllowed): // short circuits and rejects alike
		return http.StatusServiceUnavailable
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	case errors.Is(err, context.Canceled):
		return 499 // for the log alone: nobody waits for an answer
	default:
		return http.StatusBadGateway
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return fmt.Sprintf("%q", err.Error())
}
