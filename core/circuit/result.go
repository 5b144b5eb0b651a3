package circuit

import (
	"context"
	"errors"
	"time"
)

// Kind says why a call has its [Outcome], where somebody knows. Breakers decide by the
// Outcome; those with rules of one's own see both.
type Kind uint8

const (
	// KindPlain is no more than the Outcome.
	KindPlain Kind = iota
	// KindTimeout is a [Failure]: the call was not over in time.
	KindTimeout
	// KindBadRequest is Ignored: the call was the caller's mistake, see [BadRequest].
	KindBadRequest
	// KindInterrupt is Ignored: the caller gave the call up.
	KindInterrupt
	// KindConcurrencyReject is Ignored: a limit on calls in flight refused the call after
	// the breaker had admitted it.
	KindConcurrencyReject
	// KindShortCircuit is a call that the breaker refused. No permit ends so.
	KindShortCircuit
)

var kindNames = [...]string{"plain", "timeout", "bad request", "interrupt", "concurrency reject", "short circuit"}

// String returns plain, timeout, bad request, interrupt, concurrency reject or short
// circuit.
func (k Kind) String() string { return name(kindNames[:], uint8(k), "Kind") }

// MarshalText returns the same text as String.
func (k Kind) MarshalText() ([]byte, error) { return marshal(kindNames[:], uint8(k), "Kind") }

// UnmarshalText reads what MarshalText writes.
func (k *Kind) UnmarshalText(text []byte) error {
	return unmarshal(kindNames[:], text, "Kind", (*uint8)(k))
}

// Result is what became of one call, in more detail than an [Outcome].
type Result struct {
	Outcome Outcome
	Kind    Kind
	// Duration is the time from the admission to the end. 0 where that isn't known: then
	// a breaker that needs it takes the time itself.
	Duration time.Duration
	// RetryAfter is how long the callee asks to be left alone, as by HTTP's Retry-After or
	// gRPC's RetryInfo; 0 where it doesn't.
	RetryAfter time.Duration
}

// ResultOf makes the Result of a call that returned err and was judged o: with
// [RetryAfter] where err tells it, and the Kind as far as err and ctx show it.
func ResultOf(ctx context.Context, err error, o Outcome) Result {
	if err == nil {
		return Result{Outcome: o}
	}
	return resultOf(ctx, err, o)
}

// resultOf is apart so that ResultOf is small enough to be inlined.
func resultOf(ctx context.Context, err error, o Outcome) Result {
	r := Result{Outcome: o}
	if o.Failed() {
		if after, ok := RetryAfter(err); ok {
			r.RetryAfter = max(0, after)
		}
	}
	switch {
	case o == Failure && (timedOut(err) || overdue(ctx)):
		r.Kind = KindTimeout
	case o != Ignored:
	case errors.Is(err, ErrBadRequest):
		r.Kind = KindBadRequest
	case errors.Is(err, context.Canceled) || GaveUp(ctx):
		r.Kind = KindInterrupt
	}
	return r
}

// overdue reports whether ctx's deadline is over, of which a call may hear by other means
// before ctx does: http.Client tells of its Timeout in two ways.
func overdue(ctx context.Context) bool {
	if ctx.Err() != nil {
		return !GaveUp(ctx)
	}
	deadline, ok := ctx.Deadline()
	return ok && !time.Now().Before(deadline)
}

// timedOut goes by the method that errors of packages net, os and syscall have, too.
func timedOut(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	e, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ok && e.Timeout()
}

// ResultSettler is a [Settler] that takes more than the outcome. Others get the
// Outcome of a [Result] alone.
type ResultSettler interface {
	Settler
	// SettleResult is Settle in more detail. It is not called where there is none.
	SettleResult(token uint64, r Result)
}

// End settles the permit with all that is known of the call.
func (p Permit) End(r Result) {
	if r.Kind != KindPlain || r.Duration|r.RetryAfter != 0 {
		if s, ok := p.settler.(ResultSettler); ok {
			s.SettleResult(p.token, r)
			return
		}
	}
	p.Done(r.Outcome)
}

// ErrBadRequest is matched, through [errors.Is], by what [BadRequest] returns.
var ErrBadRequest = errors.New("circuit: bad request")

// BadRequest marks err as the caller's mistake, which says nothing about the callee: the
// call is Ignored by every breaker, and no fallback runs. The text stays that of err, and
// [errors.Is] and [errors.As] find err in it. BadRequest(nil) is nil.
func BadRequest(err error) error {
	if err == nil {
		return nil
	}
	return &badRequest{err} // a pointer, as err may be of a type that can't be compared
}

type badRequest struct{ cause error }

func (b *badRequest) Error() string   { return b.cause.Error() }
func (b *badRequest) Unwrap() []error { return []error{b.cause, ErrBadRequest} }
