package kratos

import (
	"context"

	"github.com/go-kratos/kratos/v2/selector"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// node is what the balancer picks, for one call.
type node struct {
	selector.WeightedNode
	nodes     *Nodes
	breaker   circuit.Breaker
	ailing    bool // not healthy, as the filter saw it
	permit    circuit.Permit
	admitted  bool       // by the filter
	selection *selection // nil without a middleware or interceptor of nodes
}

// Pick admits the call, and has it judged at its end. If the breaker has opened
// since the filter saw it closed, the call is made and not judged.
func (n *node) Pick() selector.DoneFunc {
	permit := n.permit
	if !n.admitted {
		permit, _ = circuit.Acquire(n.breaker)
	}
	done := n.WeightedNode.Pick()
	return func(ctx context.Context, info selector.DoneInfo) {
		defer done(ctx, info)
		n.settle(ctx, info, permit)
	}
}

func (n *node) settle(ctx context.Context, info selector.DoneInfo, permit circuit.Permit) {
	switch {
	case n.unsent(info):
		permit.Ignore()
	case info.Err == nil && n.selection.keeps(permit):
	default:
		result := circuit.Result{Outcome: circuit.Failure} // until the classifier returns
		defer func() { permit.End(result) }()
		result = resultOf(ctx, info.Err, n.nodes.breakers.Judge(ctx, info.Err))
	}
}

// unsent reports whether the call never left: gRPC says that a pick is done, and
// nothing else, when the node's connection turns out to be gone.
func (n *node) unsent(info selector.DoneInfo) bool {
	return n.Scheme() == "grpc" && info.Err == nil && !info.BytesSent && !info.BytesReceived
}
