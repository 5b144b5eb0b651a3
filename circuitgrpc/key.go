package circuitgrpc

import (
	"context"
	"strings"
)

// Key finds the key of a call's breaker. The method is the full one, as in
// "/package.Service/Method"; target is the client connection's, and empty on a
// server. A Key is called once for each call, by any number of goroutines.
type Key func(ctx context.Context, target, method string) string

// Exempt reports whether method is of the health or the reflection service,
// which no breaker may refuse.
func Exempt(method string) bool { return strings.HasPrefix(method, "/grpc.") && exempt(method) }

// exempt is apart so that Exempt is small enough to be inlined.
func exempt(method string) bool {
	return strings.HasPrefix(method, "/grpc.health.v1.Health/") || strings.HasPrefix(method, "/grpc.reflection.")
}
