package guard

import (
	"context"
	"errors"
	"time"
)

// photoFinish is how long before its deadline a call that is cancelled counts as late.
const photoFinish = 2 * time.Millisecond

// AtServer is the context by which to judge a call in a server, where the client sends its
// own deadline along, as gRPC's do. When that is over the client cancels the call, and what
// comes first, the cancellation or the server's own timer, is a matter of microseconds. So
// a ctx that was cancelled when its deadline is less than 2 ms away counts as one whose
// deadline is over: what AtServer returns says so by its Err. Any other ctx it returns as
// it is.
func AtServer(ctx context.Context) context.Context {
	if !errors.Is(ctx.Err(), context.Canceled) {
		return ctx
	}
	if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > photoFinish {
		return ctx
	}
	return late{ctx}
}

type late struct{ context.Context }

func (late) Err() error { return context.DeadlineExceeded }
