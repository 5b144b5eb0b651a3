package kratos

import (
	"strconv"
	"time"

	"github.com/go-kratos/kratos/v2/errors"
	"github.com/go-kratos/kratos/v2/transport"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// Reason is that of every refusal, as of those of Kratos' own middleware.
const Reason = "CIRCUITBREAKER"

var refused = errors.ServiceUnavailable(Reason, "request failed due to circuit breaker triggered")

// refusal is a breaker's refusal in Kratos' terms: an error of its own for each
// call, since callers may change an *errors.Error.
func refusal(cause error) error { return refused.WithCause(cause) }

// sayWhen sets the header Retry-After of a server's HTTP reply, in whole seconds
// rounded up, if err tells of a time.
func sayWhen(tr transport.Transporter, err error) {
	if tr == nil || tr.Kind() != transport.KindHTTP {
		return
	}
	if after, ok := circuit.RetryAfter(err); ok {
		seconds := (after + time.Second - 1) / time.Second
		tr.ReplyHeader().Set("Retry-After", strconv.FormatInt(int64(seconds), 10))
	}
}
