// Package circuitfailsafe makes breakers policies of failsafe-go.
//
// [NewPolicy] wraps any breaker of this module, to be composed with failsafe-go's own
// retries, timeouts, hedges, bulkheads and fallbacks, for plain functions as well as in
// failsafehttp and failsafegrpc:
//
//	guard := circuitfailsafe.NewPolicy[*http.Response](breaker)
//	retry := failsafehttp.NewRetryPolicyBuilder().AbortOnErrors(circuit.ErrNotAllowed).Build()
//	client := &http.Client{Transport: failsafehttp.NewRoundTripper(nil, retry, guard)}
//
// With [WithGroup] there is a breaker for each key, which [Keyed] gives to HTTP requests.
// There is no option for a fallback, since failsafe-go has a policy, nor for an observer,
// since the breaker or its group is at hand.
// For the other way round, [AdaptiveLimit] puts failsafe-go's adaptive limiter under a
// breaker of this module.
//
// # Where it stands
//
// Policies are composed from the outside to the inside. What stands inside the breaker is
// judged with the call, what stands outside sees its refusals.
//
// A retry outside the breaker is the usual order: each attempt has a permit and is judged,
// and an open breaker ends the retries, if they abort on [circuit.ErrNotAllowed], as those
// of [NewRetryPolicyBuilder] do. Other retry policies try again after a refusal, which
// costs the server nothing, and the caller the delays. With the breaker outside, all
// attempts of a call are one to it, and it opens later: with three attempts, after three
// times as many. No order bounds the retries of calls that are under way when the breaker
// opens; package budget of failsafe-go does.
//
// failsafe-go leaves the bodies of responses open that it retries, and each keeps its
// connection: read and close that of LastResult in OnRetryScheduled. But closing one ends
// a timeout outside the retries, too, and the call with it, so bound all attempts by
// http.Client's Timeout then.
//
// A timeout may stand on either side. Inside the breaker it bounds each attempt, and
// outside of retries all of them. A hedge outside the breaker takes a permit of its own;
// when that is refused, hedge policies by default take the refusal for the answer, and
// give up the attempt that is under way. With v0.9.8 of failsafe-go a hedge must not stand
// around a retry, whose state all hedges would share, with a breaker or without. A fallback
// belongs outside: inside, it makes every call a success.
//
// # What is a failure
//
// An attempt is judged once, when the inner policies return, by one error and the context.
// That is the error which [WithErrorOf] makes, by default the attempt's own, or the
// [circuithttp.StatusError] of a response; and it also matches
//
//   - context.DeadlineExceeded, for an attempt that a timeout policy ended, on whichever
//     side: a Failure, [circuit.KindTimeout]. To the context of an attempt an outer timeout
//     is a cancellation, as is the caller's, which is Ignored, and so is a hedge's that
//     lost. Only of hedges one of which was over time, others that are given up can't be
//     told from it, and count as it does;
//   - [circuit.ErrNotAllowed], for one that a policy inside refused, such as a full
//     bulkhead: Ignored.
//
// When retries inside the breaker give up, their last result is looked at. A panic or a
// Goexit is a Failure, and goes on unwinding. The result always reaches the caller as it
// is: a response that is a failure has its body unread. The executor's listeners hear
// the breaker's judgement, what is Ignored as a failure.
//
// [DefaultClassifier] knows errors and HTTP. For gRPC, whose errors would all be failures
// to it, there are
//
//	circuitfailsafe.WithClassifier[R](circuitgrpc.DefaultClassifier)
//	circuitfailsafe.WithResultOf[R](circuitgrpc.ResultOf)
//
// A response is judged by its header: failsafehttp doesn't let bodies be wrapped. Nor does
// a policy see requests: one that net/http refuses to send counts as a failure. Where that
// matters, circuithttp.NewTransport under failsafehttp's judges both, inside all policies.
// But it takes their timeouts for the caller's cancellation, so it is no substitute where
// there are some.
//
// # What a refused call looks like
//
// The error is the breaker's own, through all policies: errors.Is(err,
// [circuit.ErrNotAllowed]) holds, and [circuit.RetryAfter] works. Through failsafehttp,
// http.Client wraps it in a *url.Error. Through failsafegrpc it is returned as it is, and
// then its status code is Unknown; [WithRefusal] with circuitgrpc.NewRefusal makes that
// Unavailable, which failsafegrpc's retries retry, unless they abort. Only a budget hides a
// refusal, and only of a policy that retries it: then the error is budget.ErrExceeded.
//
// # On servers
//
// failsafegrpc.NewUnaryServerInterceptor shows a policy the handler's error, but not the
// call's context: [WithGroup] finds no key in it, and a handler that fails since its client
// gave up counts, unless the error says so. failsafehttp.NewHandler shows policies nothing
// of what the handler wrote, and answers a refusal by 500. The interceptors of circuitgrpc
// and circuithttp's Handler are the breakers for these places. Where failsafe-go only asks
// whether there is capacity, as its NewServerInHandle does, a breaker that is sure to refuse
// says so, and nothing is counted.
package circuitfailsafe
