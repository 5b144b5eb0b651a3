// Package circuit is the contract between circuit breakers and the code that
// they guard.
//
// A [Breaker] is asked before each call and told how the call went:
//
//	if err := b.Allow(); err != nil {
//		return err // refused: nothing is marked
//	}
//	if err := call(); err != nil {
//		b.MarkFailed()
//	} else {
//		b.MarkSuccess()
//	}
//
// These three methods are all that most frameworks know, and they carry no
// identity of a call: a result that comes late, twice or never can't be told
// from any other. An [Acquirer] therefore hands out a [Permit] for each
// admitted call, and the call is judged through it. Every engine of this module
// is an Acquirer, and [Acquire] gives a Permit for any other Breaker as well.
//
// Most callers want neither: [Do] and [Call] run a function under a breaker,
// judge what it returns with a [Classifier], survive its panics, and run a
// fallback where there is one.
//
// # What a breaker promises
//
// A refused call costs the callee nothing, and its error matches
// [ErrNotAllowed]; the breaker counts refusals itself, apart from failures. A
// call that is never marked does not wedge a breaker: its permit expires. A
// result of a call that was admitted before the last change of state decides
// nothing. Everything in this package, and every method of an engine, may be
// used by any number of goroutines at once; no lock is held while a caller's
// function, classifier, fallback or observer runs.
//
// # Who decides what a failure is
//
// [DefaultClassifier] judges plain Go errors; [OutcomeOfHTTP] and
// [OutcomeOfGRPC] are the one table by which every adapter judges statuses.
//
// An [Outcome] is Success, Failure, Ignored, or Overload: a failure of which the
// callee itself says that it has too much to do. A bare Breaker is told of both
// kinds of failure by MarkFailed, and a [Snapshot] counts both under Failures.
package circuit
