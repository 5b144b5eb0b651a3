package kratos

import (
	"context"
	"time"

	"github.com/go-kratos/kratos/v2/errors"
	"github.com/go-kratos/kratos/v2/transport"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/circuithttp"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// resultOf is [circuit.ResultOf] in Kratos' terms: of its own errors, 504 is a timeout and
// 499 an interrupt, and the time to retry is in the header; a gRPC status tells more.
func resultOf(ctx context.Context, err error, o circuit.Outcome) circuit.Result {
	if err == nil {
		return circuit.Result{Outcome: o}
	}
	own := new(errors.Error)
	if !errors.As(err, &own) {
		return circuitgrpc.ResultOf(ctx, err, o)
	}
	r := circuit.ResultOf(ctx, err, o)
	if o.Failed() && r.RetryAfter == 0 {
		r.RetryAfter, _ = retryAfter(ctx)
	}
	switch {
	case r.Kind != circuit.KindPlain:
	case o == circuit.Failure && own.Code == gatewayTimeout:
		r.Kind = circuit.KindTimeout
	case o == circuit.Ignored && own.Code == clientClosed:
		r.Kind = circuit.KindInterrupt
	}
	return r
}

// retryAfter is what the header of a call's HTTP response says of when to retry. Kratos'
// errors don't have it, but the transport does.
func retryAfter(ctx context.Context) (after time.Duration, ok bool) {
	tr, ok := transport.FromClientContext(ctx)
	if !ok {
		tr, ok = transport.FromServerContext(ctx)
	}
	if !ok || tr.Kind() != transport.KindHTTP {
		return 0, false
	}
	header := tr.ReplyHeader()
	if header == nil {
		return 0, false
	}
	return circuithttp.ParseRetryAfter(header.Get("Retry-After"))
}
