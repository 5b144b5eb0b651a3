package circuitgrpc

import (
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// overload reports whether a failure of that code is an Overload.
func overload(code codes.Code, err error) bool {
	told := false
	if code == codes.Unavailable {
		_, told = retryDelay(err)
	}
	if circuit.OutcomeOfGRPC(uint32(code), told) != circuit.Overload {
		return false
	}
	return told || !tooLarge(err)
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
