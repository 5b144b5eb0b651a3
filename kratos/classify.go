package kratos

import (
	"context"
	"slices"
	"strings"

	"github.com/go-kratos/kratos/v2/errors"
	"github.com/go-kratos/kratos/v2/selector"
	"github.com/go-kratos/kratos/v2/transport"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// DefaultClassifier judges by the table of [circuit.OutcomeOfHTTP]: the codes 500
// to 599, but for 501, are failures; 429, that of Kratos' ratelimit middleware, is an
// Overload, and so is 503 where the HTTP response has a valid Retry-After header.
// Beyond the code, it judges as [Codes] says.
func DefaultClassifier(ctx context.Context, err error) circuit.Outcome {
	return classify(ctx, err, func(code int) bool { return circuit.OutcomeOfHTTP(code, false).Failed() })
}

// KratosCodes judges by the codes that Kratos' own breaker counts as failures:
// 500, 503 and 504.
//
//nolint:revive // it has the name that it has in circuitgrpc
func KratosCodes(ctx context.Context, err error) circuit.Outcome { return kratosCodes(ctx, err) }

var kratosCodes = Codes(500, 503, 504)

// Codes is a classifier by which errors of these Kratos codes are failures and all
// others successes, with these exceptions:
//
//   - a refusal by another breaker further down is Ignored, and so is a
//     [circuit.BadRequest];
//   - a deadline that passed is a failure;
//   - a cancelled call is Ignored, 499 being its code, unless it was cancelled
//     because of a deadline, which is judged as 504;
//   - any failure but 504 is Ignored when the caller cancelled the call's context;
//   - an error of the client's own selector is Ignored: no node was asked;
//   - of the failures, 429 is an Overload, and so is 503 with a Retry-After header,
//     and a gRPC status that [circuitgrpc.DefaultClassifier] holds to be one.
//
// The code is that of errors.FromError: a gRPC status has the code that Kratos
// maps it to, any other error that isn't Kratos' own has 500.
func Codes(failures ...int) circuit.Classifier {
	failures = slices.Clone(failures)
	return func(ctx context.Context, err error) circuit.Outcome {
		return classify(ctx, err, func(code int) bool { return slices.Contains(failures, code) })
	}
}

const (
	clientClosed   = 499
	gatewayTimeout = 504
)

func classify(ctx context.Context, err error, failure func(code int) bool) circuit.Outcome {
	if err == nil {
		return circuit.Success
	}
	if o, ok := circuit.OutcomeOfContext(ctx, err); ok {
		return o
	}
	e := errors.FromError(err)
	code := int(e.Code)
	if code == clientClosed {
		if ctx.Err() == nil || circuit.GaveUp(ctx) {
			return circuit.Ignored
		}
		code = gatewayTimeout
	}
	switch {
	case !failure(code):
		return circuit.Success
	case code != gatewayTimeout && circuit.GaveUp(ctx), unasked(ctx, e):
		return circuit.Ignored
	case overload(ctx, err):
		return circuit.Overload
	}
	return circuit.Failure
}

// overload reports whether err, of a call that failed, is the callee's word that it
// has too much to do: in Kratos' terms, or in a gRPC status, which tells more than
// the code that Kratos maps it to.
func overload(ctx context.Context, err error) bool {
	if own := new(errors.Error); errors.As(err, &own) {
		_, told := retryAfter(ctx)
		return circuit.OutcomeOfHTTP(int(own.Code), told) == circuit.Overload
	}
	return circuitgrpc.DefaultClassifier(ctx, err) == circuit.Overload
}

// unasked reports whether e is the error of this client's own selector. A backend
// may pass on the error of a selector that it uses itself: then there was a node,
// or an address, that was asked.
func unasked(ctx context.Context, e *errors.Error) bool {
	if e.Reason != "NODE_NOT_FOUND" && e.Reason != selector.ErrNoAvailable.Reason {
		return false
	}
	tr, ok := transport.FromClientContext(ctx)
	if !ok {
		return false
	}
	if p, ok := selector.FromPeerContext(ctx); ok && p.Node != nil {
		return false
	}
	return tr.Kind() != transport.KindHTTP || strings.HasPrefix(tr.Endpoint(), "discovery:")
}
