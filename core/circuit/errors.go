package circuit

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrNotAllowed is matched, through [errors.Is], by the error of every refused
// call.
var ErrNotAllowed = errors.New("circuit: call not allowed")

// Refusal is the error of an engine's refused calls, or of a limit's. They prepare one, so
// that refusing allocates nothing.
type Refusal struct {
	text  string // its end tells the kind, as every breaker has one of these
	retry func() (time.Duration, bool)
}

// NewRefusal makes the error that the engine of that name returns. retry tells
// when a retry makes sense, as in [RetryAfter]; it is called when asked for,
// and may be nil.
func NewRefusal(engine string, retry func() (time.Duration, bool)) *Refusal {
	return &Refusal{text: engine + notAllowed, retry: retry}
}

// NewReject makes the error of a limit on calls in flight, of that name.
func NewReject(limit string) *Refusal {
	return &Refusal{text: limit + tooMany}
}

const (
	notAllowed = ": call not allowed"
	tooMany    = ": too many calls in flight"
)

// Error names the engine that refused.
func (r *Refusal) Error() string { return r.text }

// Engine is the name of the engine that refused, or of the limit.
func (r *Refusal) Engine() string {
	return strings.TrimSuffix(strings.TrimSuffix(r.text, notAllowed), tooMany)
}

// Kind is [KindShortCircuit], or [KindConcurrencyReject] for that of a limit.
func (r *Refusal) Kind() Kind {
	if strings.HasSuffix(r.text, tooMany) {
		return KindConcurrencyReject
	}
	return KindShortCircuit
}

// Is reports whether target is [ErrNotAllowed].
func (r *Refusal) Is(target error) bool { return target == ErrNotAllowed }

// RetryAfter is the method that the function [RetryAfter] looks for.
func (r *Refusal) RetryAfter() (time.Duration, bool) {
	if r.retry == nil {
		return 0, false
	}
	return r.retry()
}

// RetryAfter tells how long to wait until a retry of the refused call makes
// sense, and false where that is unknown. The time counts from now, not from
// when err came about.
func RetryAfter(err error) (time.Duration, bool) {
	if r, ok := errors.AsType[interface {
		error
		RetryAfter() (time.Duration, bool)
	}](err); ok {
		return r.RetryAfter()
	}
	return 0, false
}

// FieldError says what is wrong with one field of a configuration.
type FieldError struct {
	Package string // whose Config it is, such as "sre"
	Field   string
	Value   any
	Want    string // the bound, such as "must be > 1"
}

// Error names the field, its value and the bound.
func (e *FieldError) Error() string {
	return fmt.Sprintf("%s: %s is %v, %s", e.Package, e.Field, e.Value, e.Want)
}

// asRefusal makes the error of a foreign breaker match ErrNotAllowed.
func asRefusal(err error) error {
	if errors.Is(err, ErrNotAllowed) {
		return err
	}
	return &foreignRefusal{err}
}

type foreignRefusal struct{ cause error }

func (f *foreignRefusal) Error() string   { return f.cause.Error() }
func (f *foreignRefusal) Unwrap() []error { return []error{f.cause, ErrNotAllowed} }
