package circuitgrpc

import (
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// Refusal is the error of a refused call. It matches [circuit.ErrNotAllowed], and
// [circuit.RetryAfter] works through it. To gRPC it is a status of code
// Unavailable.
type Refusal struct {
	method string
	cause  error
}

// Method is the full method of the call.
func (r *Refusal) Method() string { return r.method }

// Error says that a circuit breaker refused, and which method.
func (r *Refusal) Error() string { return "circuitgrpc: circuit breaker refused " + r.method }

// Unwrap returns the breaker's error.
func (r *Refusal) Unwrap() error { return r.cause }

// GRPCStatus is [StatusOf] the refusal.
func (r *Refusal) GRPCStatus() *status.Status { return StatusOf(r) }

// StatusOf is the status by which the error of a refused call goes over the wire:
// code Unavailable, the error's text, and a google.rpc.RetryInfo detail where
// [circuit.RetryAfter] knows the time, counted from now.
func StatusOf(err error) *status.Status {
	s := status.New(codes.Unavailable, err.Error())
	after, ok := circuit.RetryAfter(err)
	if !ok {
		return s
	}
	detailed, failed := s.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(after)})
	if failed != nil {
		return s
	}
	return detailed
}
