// Package circuithttp puts circuit breakers into net/http.
//
// [NewTransport] wraps an [http.RoundTripper] for clients, with one breaker per
// method and host:
//
//	client := &http.Client{Transport: circuithttp.NewTransport(nil)}
//
// [Handler] wraps an [http.Handler] for servers, with one breaker per pattern of
// the [http.ServeMux]; [Middleware] does so for many handlers with one set of
// breakers.
//
// Both work with no option at all, and take the same ones. The breakers are then
// those of package credit at its defaults.
//
// # What is a failure
//
// [DefaultClassifier] says it: statuses go by [circuit.OutcomeOfHTTP], with 429, and
// 503 where it has a Retry-After header, as Overload; a deadline that passed is a
// failure, a call that its caller cancelled says nothing, any other error is a
// failure. A [WithClassifier] of your own sees the status as a
// [StatusError]. The time in a Retry-After header, seconds or a date, is told to the
// breaker with each failing status, and may become its open time.
//
// On the client, a failing status is judged when the header is there, and any
// other call when its body ends: at io.EOF or Close it is what the status said,
// and a body that breaks off is judged by its error. A body that the caller
// closes early after cancelling the call is Ignored. A response without a body
// is judged at once, and so is a switch to another protocol, which ends the
// exchange in HTTP. A call whose own request body could not be read or had not the
// length declared never counts against the callee, and neither does a request
// that package net/http refuses to send for its header or URL. Retries, such as those
// of package net/http for a connection that turned out to be dead, are one call.
//
// On the server, a call is judged when its handler returns, by the status that it
// wrote and by its context. A caller that left before makes a failure or a status
// below 400 Ignored, and a deadline of the context that passed before makes a
// success a Failure. A panic is a failure, and goes on unwinding; [http.ErrAbortHandler]
// after the caller left is Ignored. A connection that was hijacked is a success
// when its handler returns.
//
// Streams that only end when the caller leaves, such as server-sent events, are
// thus Ignored on both sides, while those that fail to start count. To count the
// former as successes, let a classifier say so for context.Canceled.
//
// # What a refused call looks like
//
// On the client, RoundTrip returns the breaker's error, which http.Client wraps
// in a *url.Error: errors.Is(err, [circuit.ErrNotAllowed]) holds, and
// [circuit.RetryAfter] works. Nothing was sent, and the request body is closed.
// On the server the answer is a 503, with Retry-After where that is known.
// [WithFallback] answers in their place.
package circuithttp
