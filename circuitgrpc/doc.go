// Package circuitgrpc puts circuit breakers into gRPC clients and servers.
//
// On a client, [UnaryClientInterceptor] and [StreamClientInterceptor] guard the
// calls that it makes; on a server, [UnaryServerInterceptor] and
// [StreamServerInterceptor] guard its handlers:
//
//	conn, err := grpc.NewClient(target,
//		grpc.WithChainUnaryInterceptor(circuitgrpc.UnaryClientInterceptor()),
//		grpc.WithChainStreamInterceptor(circuitgrpc.StreamClientInterceptor()))
//
//	srv := grpc.NewServer(
//		grpc.ChainUnaryInterceptor(circuitgrpc.UnaryServerInterceptor()),
//		grpc.ChainStreamInterceptor(circuitgrpc.StreamServerInterceptor()))
//
// With no option there is one breaker of package credit for each method. An
// interceptor has a group of its own; [WithGroup] lets several share one. One
// interceptor that serves connections to several targets needs
// [WithTargets], or else their failures are mixed.
//
// # Refusals
//
// A refused call is a [*Refusal], to the caller and on the wire a status of code
// Unavailable, with a RetryInfo detail where the breaker knows when a retry makes
// sense. On the side that refused it matches [circuit.ErrNotAllowed]. Calls of
// the health and reflection services are never refused and never judged.
//
// # Judgement
//
// [DefaultClassifier] judges by status code, [Codes] by another set of them. What
// the callee says is an overload is an Overload: ResourceExhausted, and Unavailable
// with a RetryInfo detail, as the refusals of a server's breakers have it. The delay
// in that detail is told to the breaker, which may take its open time from it. The
// trailer grpc-retry-pushback-ms is for gRPC's own retries, and not looked at. What a
// handler marks by [circuit.BadRequest] is Ignored on its server; mark an error that
// has a status, such as InvalidArgument, since a client has no more to go by. A
// panic of the handler or the invoker is a failure, and goes on unwinding. Calls
// that the caller gave up are Ignored on both sides, save those that a server
// finished all the same. A handler that returns after the deadline of its call is
// judged as DeadlineExceeded, for that is what the client got. A call that gRPC
// refuses to send for its metadata is Ignored.
//
// A stream is judged at its end. On a server that is when the handler returns. On
// a client it is when gRPC finishes the call, which is when the caller has read
// the stream's end, met an error, or cancelled its context, in which case the
// stream is Ignored. A stream that the caller leaves unread under a context that
// lives on has no end; its permit expires.
//
// gRPC's own retries are part of one call, which is judged once, by its final
// status. An interceptor that retries belongs before these ones in the chain, so
// that each of its attempts is a call, and it should stop at
// [circuit.ErrNotAllowed].
package circuitgrpc
