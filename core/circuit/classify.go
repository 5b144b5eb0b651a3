package circuit

import (
	"context"
	"errors"
	"time"
)

// Classifier judges a finished call by its error and by the context that it
// was called with. It is called without a lock, by any number of goroutines.
type Classifier func(ctx context.Context, err error) Outcome

// DefaultClassifier judges plain Go errors:
//
//   - no error is a Success;
//   - a refusal by another breaker further down is Ignored: the callee of this
//     one was not asked;
//   - a caller's mistake, marked by [BadRequest], is Ignored;
//   - a deadline that passed is a Failure;
//   - a cancelled call is Ignored, whether the error or ctx says so, unless it
//     was a deadline that cancelled it ([GaveUp]);
//   - any other error is a Failure.
func DefaultClassifier(ctx context.Context, err error) Outcome {
	if err == nil {
		return Success
	}
	if o, ok := OutcomeOfContext(ctx, err); ok {
		return o
	}
	if GaveUp(ctx) {
		return Ignored
	}
	return Failure
}

// OutcomeOfContext judges an error that tells of a refusal, a [BadRequest], a deadline
// or a cancellation, as [DefaultClassifier] does, and reports false for any other.
// Adapters ask it before they look at statuses.
func OutcomeOfContext(ctx context.Context, err error) (Outcome, bool) {
	switch {
	case errors.Is(err, ErrNotAllowed), errors.Is(err, ErrBadRequest):
		return Ignored, true
	case errors.Is(err, context.DeadlineExceeded):
		return Failure, true
	case !errors.Is(err, context.Canceled):
		return Success, false
	case ctx.Err() != nil && !GaveUp(ctx):
		return Failure, true
	default:
		return Ignored, true
	}
}

// GaveUp reports whether ctx was cancelled by the caller, rather than by a
// deadline. A ctx that is cancelled when its deadline is over, too, counts as the
// deadline's: gRPC clients end a call at its deadline by a reset, which often
// reaches the server before the server's own timer fires.
func GaveUp(ctx context.Context) bool {
	if !errors.Is(ctx.Err(), context.Canceled) || errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return false
	}
	deadline, ok := ctx.Deadline()
	return !ok || time.Now().Before(deadline)
}
