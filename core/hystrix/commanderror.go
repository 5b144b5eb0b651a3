package hystrix

import (
	"context"
	"errors"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// What became of a command, for [errors.Is]. A bad request matches
// [circuit.ErrBadRequest]; other errors of run are none of these.
var (
	// ErrShortCircuit is a call that the breaker refused. It is a [circuit.ErrNotAllowed].
	ErrShortCircuit error = &sentinel{"hystrix: short circuit", circuit.ErrNotAllowed}
	// ErrMaxConcurrency is a call for which there was no place in flight. It is
	// a [circuit.ErrNotAllowed].
	ErrMaxConcurrency error = &sentinel{"hystrix: too many calls at once", circuit.ErrNotAllowed}
	// ErrTimeout is a call that was not over in time, be it that of the command, the
	// caller's deadline, or a timeout that run met. It is a [context.DeadlineExceeded].
	ErrTimeout error = &sentinel{"hystrix: timeout", context.DeadlineExceeded}
	// ErrInterrupt is a call that its caller gave up. It is a [context.Canceled].
	ErrInterrupt error = &sentinel{"hystrix: interrupt", context.Canceled}
	// ErrMaxFallbacks is a fallback for which there was no place among
	// MaxConcurrentFallbacks.
	ErrMaxFallbacks = errors.New("hystrix: too many fallbacks at once")
)

type sentinel struct {
	text string
	like error
}

func (s *sentinel) Error() string { return s.text }
func (s *sentinel) Unwrap() error { return s.like }

// sentinelOf is nil for a kind that has none.
func sentinelOf(k circuit.Kind) error {
	switch k {
	case circuit.KindShortCircuit:
		return ErrShortCircuit
	case circuit.KindConcurrencyReject:
		return ErrMaxConcurrency
	case circuit.KindTimeout:
		return ErrTimeout
	case circuit.KindInterrupt:
		return ErrInterrupt
	case circuit.KindBadRequest:
		return circuit.ErrBadRequest
	default:
		return nil
	}
}

// CommandError is the error of a call that a [Command] ended, or whose fallback did not
// help. It matches the sentinel of its Kind, and all that Err and Fallback match;
// [circuit.RetryAfter] works through it. Calls may share one: it is not to be changed.
type CommandError struct {
	Command string // its name
	Kind    circuit.Kind
	// Err is the cause: what run returned, if it did, or the breaker's refusal, or what
	// was over.
	Err error
	// Fallback is the fallback's own error, or ErrMaxFallbacks. Nil if none was asked.
	Fallback error
}

// Error names the command, the kind, the cause, and what became of the fallback.
func (e *CommandError) Error() string {
	text := "hystrix: " + e.Command
	if e.Kind != circuit.KindPlain {
		text += ": " + e.Kind.String()
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	if e.Fallback != nil {
		text += "; fallback: " + e.Fallback.Error()
	}
	return text
}

// Is reports whether target is the sentinel of e's Kind, or what that is itself.
func (e *CommandError) Is(target error) bool {
	s := sentinelOf(e.Kind)
	return s != nil && (target == s || target == errors.Unwrap(s))
}

// Unwrap returns those of Err and Fallback that there are.
func (e *CommandError) Unwrap() []error {
	errs := make([]error, 0, 2)
	if e.Err != nil {
		errs = append(errs, e.Err)
	}
	if e.Fallback != nil {
		errs = append(errs, e.Fallback)
	}
	return errs
}
