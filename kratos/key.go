package kratos

import (
	"context"

	"github.com/go-kratos/kratos/v2/transport"
)

// NoTransport is the key of calls with no transport in their context, such as
// those of a unit test. Over gRPC, streams have their method instead.
const NoTransport = "(no transport)"

// Key finds the key of a call's breaker; tr is the transport of the guarded side,
// client or server, and never nil. A Key is called once for each call, by any
// number of goroutines.
type Key func(ctx context.Context, tr transport.Transporter) string

// ByOperation is the [Key] that is used if none is set: one breaker for each
// operation.
func ByOperation(_ context.Context, tr transport.Transporter) string { return tr.Operation() }

// ByEndpointOperation is a [Key] that makes one breaker for each operation of each
// endpoint, such as "discovery:///greeter/helloworld.Greeter/SayHello". It is for
// one middleware that serves several clients. It joins the two anew for each call.
func ByEndpointOperation(_ context.Context, tr transport.Transporter) string {
	return tr.Endpoint() + tr.Operation()
}
