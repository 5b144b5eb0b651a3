package circuitgrpc

import (
	"context"
	"errors"
	"slices"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// DefaultClassifier judges by the table of [circuit.OutcomeOfGRPC]: Unknown,
// DeadlineExceeded, Internal, Unavailable and DataLoss are failures,
// ResourceExhausted is an Overload, and so is Unavailable with a RetryInfo detail.
// Beyond the code, it judges as [Codes] says.
func DefaultClassifier(ctx context.Context, err error) circuit.Outcome {
	return classify(ctx, err, func(c codes.Code) bool { return circuit.OutcomeOfGRPC(uint32(c), false).Failed() })
}

// KratosCodes judges by the codes that Kratos' own breaker counts as failures:
// Unknown, DeadlineExceeded, Internal, Unavailable and DataLoss.
func KratosCodes(ctx context.Context, err error) circuit.Outcome { return kratosCodes(ctx, err) }

// GoZeroCodes judges by the codes that go-zero's own breaker counts as failures:
// DeadlineExceeded, ResourceExhausted, Unimplemented, Internal, Unavailable and
// DataLoss.
func GoZeroCodes(ctx context.Context, err error) circuit.Outcome { return goZeroCodes(ctx, err) }

var (
	kratosCodes = Codes(codes.Unknown, codes.DeadlineExceeded, codes.Internal, codes.Unavailable, codes.DataLoss)
	goZeroCodes = Codes(codes.DeadlineExceeded, codes.ResourceExhausted, codes.Unimplemented, codes.Internal,
		codes.Unavailable, codes.DataLoss)
)

// Codes is a classifier by which these codes are failures and all others
// successes, with these exceptions:
//
//   - of the failures, ResourceExhausted is an Overload, save for a message that
//     gRPC finds too large, and so is Unavailable whose status has a
//     google.rpc.RetryInfo detail;
//   - a refusal by another breaker further down is Ignored, and so is a
//     [circuit.BadRequest];
//   - Canceled is Ignored, unless the deadline of the call's context has passed:
//     then it is judged as DeadlineExceeded;
//   - any failure but DeadlineExceeded is Ignored when the call's context was
//     cancelled before its deadline.
//
// The deadline is looked at because a client that gives up at its deadline cancels
// the call, and on the server that often comes first.
//
// An error that is or wraps a context's error has the code DeadlineExceeded or
// Canceled; any other without a status has the code Unknown.
func Codes(failures ...codes.Code) circuit.Classifier {
	failures = slices.Clone(failures)
	return func(ctx context.Context, err error) circuit.Outcome {
		return classify(ctx, err, func(c codes.Code) bool { return slices.Contains(failures, c) })
	}
}

func classify(ctx context.Context, err error, failure func(codes.Code) bool) circuit.Outcome {
	if err == nil {
		return circuit.Success
	}
	if errors.Is(err, circuit.ErrNotAllowed) || errors.Is(err, circuit.ErrBadRequest) {
		return circuit.Ignored
	}
	code := codeOf(err)
	if code == codes.Canceled && ctx.Err() != nil && !circuit.GaveUp(ctx) {
		code = codes.DeadlineExceeded
	}
	switch {
	case code == codes.Canceled:
		return circuit.Ignored
	case !failure(code):
		return circuit.Success
	case code != codes.DeadlineExceeded && circuit.GaveUp(ctx):
		return circuit.Ignored
	}
	if overload(code, err) {
		return circuit.Overload
	}
	return circuit.Failure
}

func codeOf(err error) codes.Code {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return codes.DeadlineExceeded
	case errors.Is(err, context.Canceled):
		return codes.Canceled
	}
	return status.Code(err)
}
