package gozero

import (
	"errors"

	"github.com/zeromicro/go-zero/core/breaker"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// Refusal is the error of a refused call, whichever way the call was made. It
// matches [breaker.ErrServiceUnavailable], as the error of go-zero's own breaker
// does, and [circuit.ErrNotAllowed]; [circuit.RetryAfter] works through it. To
// gRPC it is a status of code Unavailable, also at the next hop, where the error
// of go-zero's own breaker would be Unknown.
type Refusal struct{ cause error }

// refused makes a [*Refusal] of an error that tells of one, and leaves any other
// as it is.
func refused(err error) error {
	if err == nil || !errors.Is(err, circuit.ErrNotAllowed) || errors.Is(err, breaker.ErrServiceUnavailable) {
		return err
	}
	return &Refusal{err}
}

// Error says what refused.
func (r *Refusal) Error() string { return "gozero: " + r.cause.Error() }

// Is reports whether target is [breaker.ErrServiceUnavailable].
func (r *Refusal) Is(target error) bool { return target == breaker.ErrServiceUnavailable }

// Unwrap returns the breaker's error.
func (r *Refusal) Unwrap() error { return r.cause }

// GRPCStatus is [circuitgrpc.StatusOf] the refusal.
func (r *Refusal) GRPCStatus() *status.Status { return circuitgrpc.StatusOf(r) }
