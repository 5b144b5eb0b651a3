package circuitgrpc

import (
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// overload reports whether a failure of that code is an Overload.
func overload(code codes.Code, err error) bool {
	told := code == codes.Unavailable && saysWhen(err)
	if circuit.OutcomeOfGRPC(uint32(code), told) != circuit.Overload {
		return false
	}
	return told || !tooLarge(err)
}

// saysWhen reports whether the callee told when to retry.
func saysWhen(err error) bool {
	return slices.ContainsFunc(status.Convert(err).Details(), func(detail any) bool {
		_, ok := detail.(*errdetails.RetryInfo)
		return ok
	})
}

// tooLarge reports whether ResourceExhausted is what gRPC itself says of a message
// beyond the size limit of either side. That happens to one request again and
// again, and to no other. There is no error type for it, only the words of gRPC in
// Go, in Java, and in most other languages.
func tooLarge(err error) bool {
	_, about, ok := strings.Cut(status.Convert(err).Message(), "message ")
	return ok && (strings.Contains(about, "larger than max") || strings.HasPrefix(about, "too large") ||
		strings.HasPrefix(about, "exceeds maximum size"))
}
