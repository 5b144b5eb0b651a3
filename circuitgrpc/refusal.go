package circuitgrpc

import (
	"hash/maphash"
	"sync/atomic"

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
	as     error // what the caller gets
}

// NewRefusal is the refusal of a call of the method, for adapters whose calls don't come
// by the interceptors here; cause is the breaker's error.
func NewRefusal(method string, cause error) *Refusal { return &Refusal{method: method, cause: cause} }

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

// refusals are kept, since they never change, and a breaker that refuses one call
// refuses many. Of two keys with the same place the latest has it.
type refusals struct {
	seed maphash.Seed
	kept [128]atomic.Pointer[Refusal] // by the hash of the key
}

// refusal is the error of a refused call of the method, by the breaker of the key.
func (b *breakers) refusal(key, method string, cause error) error {
	place := &b.kept[maphash.String(b.seed, key)%uint64(len(b.kept))]
	r := place.Load()
	if r == nil || r.cause != cause || r.method != method { //nolint:errorlint // the very same
		r = b.newRefusal(method, cause)
		// Another than an engine's may be a new one each time, or not comparable.
		if _, ok := cause.(*circuit.Refusal); ok { //nolint:errorlint // the breaker returned it bare
			place.Store(r)
		}
	}
	return r.as
}

func (b *breakers) newRefusal(method string, cause error) *Refusal {
	r := &Refusal{method: method, cause: cause}
	if b.refused != nil {
		r.as = b.refused(r)
	}
	if r.as == nil {
		r.as = r
	}
	return r
}
