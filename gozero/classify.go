package gozero

import (
	"context"
	"errors"

	"github.com/zeromicro/go-zero/core/breaker"
	"google.golang.org/grpc/codes"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// DefaultClassifier judges zRPC calls as [circuitgrpc.DefaultClassifier] does:
// Unknown, DeadlineExceeded, Internal, Unavailable and DataLoss are failures;
// ResourceExhausted, by which go-zero's servers shed load, is an Overload, and so
// is Unavailable with a RetryInfo detail. A refusal by go-zero's own breaker
// further down is Ignored, as one by ours is.
func DefaultClassifier(ctx context.Context, err error) circuit.Outcome {
	switch {
	case err == nil:
		return circuit.Success
	case errors.Is(err, breaker.ErrServiceUnavailable):
		return circuit.Ignored
	}
	return circuitgrpc.DefaultClassifier(ctx, err)
}

// GoZeroCodes judges zRPC calls by the codes that go-zero's own breaker counts
// as failures: DeadlineExceeded, ResourceExhausted, Unimplemented, Internal,
// Unavailable and DataLoss. Which of them are an Overload is as with
// [DefaultClassifier]. Unlike with go-zero's own breaker, a call that its caller
// cancelled is Ignored, not a success.
//
//nolint:revive // the name that it has in circuitgrpc, too
func GoZeroCodes(ctx context.Context, err error) circuit.Outcome {
	return circuitgrpc.GoZeroCodes(ctx, err)
}

// Codes is a classifier by which these codes are failures, as
// [circuitgrpc.Codes] describes it.
func Codes(failures ...codes.Code) circuit.Classifier { return circuitgrpc.Codes(failures...) }
