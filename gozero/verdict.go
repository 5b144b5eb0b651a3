package gozero

import (
	"context"
	"sync/atomic"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/guard"
)

// verdict judges one admitted call of a server once, at what comes first: its
// handler's return, or the end of its context. go-zero runs handlers in a
// goroutine of its timeout, which answers the client when the context ends,
// whatever the handler does then.
type verdict struct {
	ctx     context.Context
	guard   *guard.Guard
	permit  circuit.Permit
	settled atomic.Bool
	stop    func() bool
}

func watch(ctx context.Context, g *guard.Guard, permit circuit.Permit) *verdict {
	v := &verdict{ctx: ctx, guard: g, permit: permit}
	v.stop = context.AfterFunc(ctx, v.ended)
	return v
}

// ended is called when the context ends before the handler does.
func (v *verdict) ended() {
	result := circuit.Result{Outcome: circuit.Failure} // until the classifier returns
	defer func() {
		_ = recover() // the classifier's: nobody is here to unwind to
		v.once(result)
	}()
	result = v.judge(v.ctx, nil)
}

// judge classifies what the handler returned, or how its context ended.
func (v *verdict) judge(ctx context.Context, err error) circuit.Result {
	if ctx.Err() != nil {
		ctx = guard.AtServer(ctx)
		err = ctx.Err()
	}
	return circuitgrpc.ResultOf(ctx, err, v.guard.Judge(ctx, err))
}

// settle is called when the handler has ended.
func (v *verdict) settle(r circuit.Result) {
	v.stop()
	v.once(r)
}

func (v *verdict) once(r circuit.Result) {
	if !v.settled.Swap(true) {
		v.permit.End(r)
	}
}
