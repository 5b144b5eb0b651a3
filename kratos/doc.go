// Package kratos puts circuit breakers into Kratos v2 clients and servers.
//
// [Client] guards the calls that a client makes, in place of Kratos' own
// circuitbreaker.Client; [Server] guards a server's handlers. Both are middleware
// for HTTP and gRPC alike:
//
//	conn, err := kgrpc.DialInsecure(ctx, kgrpc.WithEndpoint(endpoint), kgrpc.WithMiddleware(kratos.Client()))
//	srv := khttp.NewServer(khttp.Middleware(kratos.Server()))
//
// gRPC streams don't pass through middleware as calls: [StreamClientInterceptor]
// and [StreamServerInterceptor] guard them, and judge each at its end. [Nodes]
// keeps clients with discovery from nodes that fail, while others serve.
//
// With no option there is one breaker of package credit for each operation. A
// middleware has a group of its own; [WithGroup] lets several share one, such as a
// client's middleware and its stream interceptor. Kratos' WithMiddleware options
// replace what an earlier one set: pass all middleware in one.
//
// # Keys
//
// The operation is the full method over gRPC and in generated HTTP clients. An
// HTTP client that is called without khttp.Operation has the path as its
// operation, and so may make a key of every path: the cap of the group bounds
// them. A call with no transport in its context has the key [NoTransport].
// Methods of gRPC's own health and reflection services are never refused and
// never judged.
//
// # Refusals
//
// A refused call returns a Kratos error: code 503, [Reason] CIRCUITBREAKER,
// Unavailable over gRPC, equal by errors.Is to the ErrNotAllowed of Kratos' own
// middleware. On the side that refused it also matches [circuit.ErrNotAllowed],
// and [circuit.RetryAfter] works through it. A server's refusal over HTTP has a
// Retry-After header where the breaker knows the time.
//
// # Judgement
//
// [DefaultClassifier] judges by the error's code, [Codes] by another set of
// codes, [KratosCodes] by the set of Kratos' own middleware. The code 429 is an
// Overload, and so is 503 that says when to come back, by the header Retry-After over
// HTTP or a RetryInfo detail over gRPC; a breaker may take its open time from that. Kratos'
// errors have neither: Kratos' HTTP clients keep the header in the transport of the call,
// and gRPC errors are looked at before Kratos converts them. A panic is a failure
// and goes on unwinding. A call that its caller gave up is Ignored, which Kratos'
// own middleware counts as a failure over HTTP. A retrying middleware belongs
// before this one, so that each of its attempts is a call, and should stop at
// [circuit.ErrNotAllowed].
//
// # Versions
//
// The modules for Kratos v2 and Kratos v3 are twins with the same names: both
// packages are called kratos, so that changing over is a matter of import paths.
// Kratos itself has a package of that name; where both are needed, import this
// one under another.
package kratos
