package circuitgrpc

import (
	"context"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// ResultOf is [circuit.ResultOf] for errors that may be a gRPC status: DeadlineExceeded is
// a timeout, Canceled an interrupt, and the delay of a google.rpc.RetryInfo detail is how
// long the callee asks to be left alone. It is for adapters to frameworks upon gRPC.
func ResultOf(ctx context.Context, err error, o circuit.Outcome) circuit.Result {
	if err == nil {
		return circuit.Result{Outcome: o}
	}
	return resultOf(ctx, err, o)
}

// resultOf is apart so that ResultOf is small enough to be inlined.
func resultOf(ctx context.Context, err error, o circuit.Outcome) circuit.Result {
	r := circuit.ResultOf(ctx, err, o)
	if o.Failed() && r.RetryAfter == 0 {
		delay, _ := retryDelay(err)
		r.RetryAfter = max(0, delay)
	}
	if r.Kind != circuit.KindPlain {
		return r
	}
	switch code := codeOf(err); {
	case o == circuit.Failure && code == codes.DeadlineExceeded:
		r.Kind = circuit.KindTimeout
	case o == circuit.Ignored && code == codes.Canceled:
		r.Kind = circuit.KindInterrupt
	}
	return r
}

// retryDelay is what the callee said of when to retry, if it did.
func retryDelay(err error) (delay time.Duration, told bool) {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.RetryInfo); ok {
			return info.GetRetryDelay().AsDuration(), true
		}
	}
	return 0, false
}
