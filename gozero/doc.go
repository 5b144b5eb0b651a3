// Package gozero puts circuit breakers into go-zero: zRPC and REST, clients and
// servers, in place of go-zero's own.
//
// On a zRPC client, [UnaryClientInterceptor] and [StreamClientInterceptor] guard
// the calls that it makes, with the client's own breaker switched off by
// Middlewares: {Breaker: false}:
//
//	client := zrpc.MustNewClient(c,
//		zrpc.WithUnaryClientInterceptor(gozero.UnaryClientInterceptor()),
//		zrpc.WithStreamClientInterceptor(gozero.StreamClientInterceptor()))
//
// On a server, with the same switch, [UnaryServerInterceptor] and
// [StreamServerInterceptor] guard the handlers of zRPC, and [Middleware] or
// [RouteMiddleware] those of REST:
//
//	rpc.AddUnaryInterceptors(gozero.UnaryServerInterceptor())
//	rpc.AddStreamInterceptors(gozero.StreamServerInterceptor())
//	srv.Use(gozero.Middleware())
//
// [NewTransport] is for httpc, and [NewBreaker] puts any breaker of ours behind
// go-zero's breaker.Breaker interface.
//
// With no option, breakers are those of package credit at its defaults, and are
// kept by the names that go-zero's own have: target and method on a zRPC client,
// the method on its server, method and pattern of a route. Each interceptor,
// middleware and transport has a group of its own; [WithGroup] lets several
// share one.
//
// # Refusals
//
// The error of a refused call is a [*Refusal] everywhere: gRPC's Unavailable, to
// the next hop as well, and a match of both go-zero's ErrServiceUnavailable and
// [circuit.ErrNotAllowed]. A REST server answers 503, with Retry-After where that
// is known. Health checks and reflection are never refused and never judged.
//
// # Judgement
//
// [DefaultClassifier] judges zRPC calls, and [circuithttp.DefaultClassifier]
// those of REST and httpc; [GoZeroCodes] is go-zero's own set of gRPC codes. When a
// failing callee says how long to leave it alone, by a RetryInfo detail or a Retry-After
// header, the breaker is told, and may take its open time from that.
// Unlike with go-zero's own breaker, a call that its caller cancelled is Ignored
// rather than a success.
//
// A zRPC server of go-zero sheds load by ResourceExhausted, which is an Overload.
// A REST server does so by a bare 503, which is a plain failure: go-zero's breaker,
// its limit of connections and its timeout answer alike.
//
// The plain error of a zRPC handler has the code Unknown, which is a failure here
// and a success to go-zero's own breaker. Where handlers return such errors for
// mistakes of their callers, take [GoZeroCodes], or give the errors a status.
//
// Interceptors and middlewares added to a server run inside go-zero's timeout, in
// a goroutine that can outlive the answer. A unary handler of zRPC is judged when
// its context ends, if it has not returned by then; what it returns afterwards
// changes nothing. A REST handler is judged when it returns, and is a failure if
// its deadline has passed by then; go-zero's own breaker, which is outside of the
// timeout, judges it at the deadline. One that never returns is never judged: have
// handlers heed their context.
package gozero
