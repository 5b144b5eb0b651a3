package circuitgrpc_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
)

const (
	ok      = circuit.Success
	failed  = circuit.Failure
	ignored = circuit.Ignored
	busy    = circuit.Overload
)

// table is the outcome of every code, by each named classifier.
var table = []struct {
	code                      codes.Code
	byDefault, kratos, gozero circuit.Outcome
}{
	{codes.OK, ok, ok, ok},
	{codes.Canceled, ignored, ignored, ignored},
	{codes.Unknown, failed, failed, ok},
	{codes.InvalidArgument, ok, ok, ok},
	{codes.DeadlineExceeded, failed, failed, failed},
	{codes.NotFound, ok, ok, ok},
	{codes.AlreadyExists, ok, ok, ok},
	{codes.PermissionDenied, ok, ok, ok},
	{codes.ResourceExhausted, busy, ok, busy},
	{codes.FailedPrecondition, ok, ok, ok},
	{codes.Aborted, ok, ok, ok},
	{codes.OutOfRange, ok, ok, ok},
	{codes.Unimplemented, ok, ok, failed},
	{codes.Internal, failed, failed, failed},
	{codes.Unavailable, failed, failed, failed},
	{codes.DataLoss, failed, failed, failed},
	{codes.Unauthenticated, ok, ok, ok},
	{codes.Code(99), ok, ok, ok},
}

func TestRule5OneTableOfCodes(t *testing.T) {
	for _, row := range table {
		err := status.Error(row.code, "from the table")
		for name, got := range map[string][2]circuit.Outcome{
			"DefaultClassifier":     {circuitgrpc.DefaultClassifier(t.Context(), err), row.byDefault},
			"KratosCodes":           {circuitgrpc.KratosCodes(t.Context(), err), row.kratos},
			"GoZeroCodes":           {circuitgrpc.GoZeroCodes(t.Context(), err), row.gozero},
			"circuit.OutcomeOfGRPC": {circuit.OutcomeOfGRPC(uint32(row.code), false), row.byDefault},
		} {
			if got[0] != got[1] {
				t.Errorf("%s: %v is %v, want %v", name, row.code, got[0], got[1])
			}
		}
	}
}

// errMistake has a code that would be a failure.
var errMistake = circuit.BadRequest(status.Error(codes.Internal, "no such field"))

// Each of these classifiers has its own way to a judgement.
func TestCallersMistakeIsIgnoredByAllClassifiers(t *testing.T) {
	for name, classify := range map[string]circuit.Classifier{
		"DefaultClassifier": circuitgrpc.DefaultClassifier,
		"KratosCodes":       circuitgrpc.KratosCodes,
		"GoZeroCodes":       circuitgrpc.GoZeroCodes,
		"Codes()":           circuitgrpc.Codes(),
		"Codes(Unknown)":    circuitgrpc.Codes(codes.Unknown),
	} {
		for _, err := range []error{
			errMistake, circuit.BadRequest(errors.New("plain")), circuit.BadRequest(status.Error(codes.InvalidArgument, "")),
			circuit.BadRequest(context.DeadlineExceeded),
		} {
			if got := classify(t.Context(), err); got != ignored {
				t.Errorf("%s: %v is %v, want it ignored", name, err, got)
			}
		}
	}
}

// errRefused stands for the refusal of a breaker further down.
var errRefused = fmt.Errorf("downstream: %w", circuit.ErrNotAllowed)

func TestRule4ContextsBesideCodes(t *testing.T) {
	live := func(t *testing.T) context.Context { return t.Context() }
	cancelled := func(t *testing.T) context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		cancel()
		return ctx
	}
	late := func(t *testing.T) context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		t.Cleanup(cancel)
		<-ctx.Done()
		return ctx
	}
	// What a server sees whose client gave up at its deadline, and whose cancellation came first.
	cancelledLate := func(t *testing.T) context.Context {
		ctx := cancelled(t)
		time.Sleep(time.Second)
		return ctx
	}
	byCause := func(t *testing.T) context.Context {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(context.DeadlineExceeded)
		return ctx
	}
	for _, c := range []struct {
		name string
		ctx  func(*testing.T) context.Context
		err  error
		want circuit.Outcome
	}{
		{"no error, caller gone", cancelled, nil, ok},
		{"no error, too late", late, nil, ok},
		{"plain error", live, errors.New("boom"), failed},
		{"plain cancellation", live, context.Canceled, ignored},
		{"wrapped cancellation", cancelled, fmt.Errorf("read: %w", context.Canceled), ignored},
		{"plain deadline", live, fmt.Errorf("dial: %w", context.DeadlineExceeded), failed},
		{"wrapped status", live, fmt.Errorf("call: %w", status.Error(codes.NotFound, "")), ok},
		{"deadline by status, live context", live, status.Error(codes.DeadlineExceeded, ""), failed},
		{"deadline by status, caller gone", cancelled, status.Error(codes.DeadlineExceeded, ""), failed},
		{"cancelled by status, live context", live, status.Error(codes.Canceled, ""), ignored},
		{"cancelled by status, caller gone", cancelled, status.Error(codes.Canceled, ""), ignored},
		{"cancelled by status, too late", late, status.Error(codes.Canceled, ""), failed},
		{"cancelled at the deadline", cancelledLate, context.Canceled, failed},
		{"cancelled because of a deadline", byCause, status.Error(codes.Canceled, ""), failed},
		{"overload, live context", live, fmt.Errorf("call: %w", status.Error(codes.ResourceExhausted, "")), busy},
		{"overload, caller gone", cancelled, status.Error(codes.ResourceExhausted, ""), ignored},
		{"overload, too late", late, status.Error(codes.ResourceExhausted, ""), busy},
		{"failure, caller gone", cancelled, status.Error(codes.Internal, ""), ignored},
		{"failure, too late", late, status.Error(codes.Internal, ""), failed},
		{"failure, cancelled at the deadline", cancelledLate, status.Error(codes.Internal, ""), failed},
		{"success by code, caller gone", cancelled, status.Error(codes.NotFound, ""), ok},
		{"refused further down", live, errRefused, ignored},
		{"a caller's mistake", live, errMistake, ignored},
		{"a caller's mistake, wrapped", live, fmt.Errorf("parse: %w", errMistake), ignored},
		{"a caller's mistake, caller gone", cancelled, errMistake, ignored},
		{"a caller's mistake, too late", late, errMistake, ignored},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if got := circuitgrpc.DefaultClassifier(c.ctx(t), c.err); got != c.want {
					t.Errorf("DefaultClassifier = %v, want %v", got, c.want)
				}
			})
		})
	}
}

func TestCodesAreTheUsersOwn(t *testing.T) {
	own := []codes.Code{codes.NotFound, codes.Canceled}
	classify := circuitgrpc.Codes(own...)
	own[0] = codes.Internal // changes nothing any more
	for _, c := range []struct {
		err  error
		want circuit.Outcome
	}{
		{nil, ok},
		{status.Error(codes.NotFound, ""), failed},
		{status.Error(codes.Internal, ""), ok},
		{status.Error(codes.Canceled, ""), ignored},
		{status.Error(codes.ResourceExhausted, ""), ok},
		{status.Error(codes.DeadlineExceeded, ""), ok},
		{context.DeadlineExceeded, ok},
		{errRefused, ignored},
	} {
		if got := classify(t.Context(), c.err); got != c.want {
			t.Errorf("Codes(NotFound, Canceled) of %v = %v, want %v", c.err, got, c.want)
		}
	}
	if got := circuitgrpc.Codes()(t.Context(), errors.New("boom")); got != ok {
		t.Errorf("Codes() of a plain error = %v, want %v", got, ok)
	}
}
