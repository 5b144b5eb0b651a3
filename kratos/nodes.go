package kratos

import (
	"context"

	"github.com/go-kratos/kratos/v2/selector"
	"github.com/go-kratos/kratos/v2/transport"

	"github.com/go-fusebox/fusebox/circuitgrpc"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// Nodes keeps a client from asking nodes that fail, as long as there are others:
// one breaker for each node, its key the node's address. It is for clients with
// discovery; without it Kratos asks no filter.
//
//	nodes := kratos.NewNodes()
//	kgrpc.WithNodeFilter(nodes.Filter())
//	kgrpc.WithMiddleware(kratos.Client(), nodes.Client())
//	kgrpc.WithStreamInterceptor(kratos.StreamClientInterceptor(), nodes.StreamClientInterceptor())
//
// The filter does the work: a call is judged when Kratos reports its end to the
// balancer, over gRPC the end of the call or stream, over HTTP the arrival of the
// response's header. The middleware and the interceptor see to refusals, and to a
// kind of stream that the balancer is told too little about.
//
// A node whose breaker is closed is left to the balancer. Another one has its
// turn with every n-th call that the client makes among n nodes: that call asks
// its breaker, and if the breaker admits it, goes to that node and no other. So
// the probes of a half-open breaker are as bounded as anywhere, a node that drops
// a share of its calls gets no more than its part of the traffic, and a node that
// is due for a probe waits for n calls at most.
//
// When every node is left out the call is not made. Kratos then returns a 503 of
// its own, NODE_NOT_FOUND over HTTP and no_available_node over gRPC;
// [Nodes.Client] and [Nodes.StreamClientInterceptor] make it a refusal like any
// other. A service of one node is guarded as by one breaker.
//
// A breaker that is no [circuit.Reporter] never leaves its node out. Safe for
// concurrent use.
type Nodes struct {
	breakers *breakers
}

// NewNodes makes one for a client, or for several that use the same services.
func NewNodes(opts ...Option) *Nodes { return &Nodes{newBreakers(opts)} }

// Filter goes into khttp.WithNodeFilter or kgrpc.WithNodeFilter, behind all other
// filters. Each client needs a filter of its own.
func (n *Nodes) Filter() selector.NodeFilter {
	t := newTurns()
	return func(ctx context.Context, all []selector.Node) []selector.Node {
		if tr, ok := transport.FromClientContext(ctx); len(all) == 0 || ok && circuitgrpc.Exempt(tr.Operation()) {
			return all
		}
		s, _ := ctx.Value(selectionKey{n}).(*selection)
		left, due := n.leave(all, t, s)
		s.leaves(left, all, due)
		return left
	}
}

// leave is the nodes that the balancer may pick from: all that are healthy, or
// the one whose turn it is, if it isn't healthy and its breaker admits the call. If
// that refuses, due is the node's address.
func (n *Nodes) leave(all []selector.Node, t *turns, s *selection) (left []selector.Node, due string) {
	left = make([]selector.Node, 0, len(all))
	guarded := make([]node, len(all))
	for i, candidate := range all {
		weighted, ok := candidate.(selector.WeightedNode)
		if !ok { // of a selector that isn't Kratos' own, which can't be told of the pick
			left = append(left, candidate)
			continue
		}
		b := n.breakers.Breaker(candidate.Address())
		guarded[i] = node{WeightedNode: weighted, nodes: n, breaker: b, selection: s}
		if healthy(b) {
			left = append(left, &guarded[i])
		} else {
			guarded[i].ailing = true
		}
	}
	if len(left) == len(all) {
		return left, ""
	}
	if next := &guarded[t.next(all)]; next.ailing {
		permit, err := circuit.Acquire(next.breaker)
		if err != nil {
			return left, next.Address()
		}
		next.permit, next.admitted = permit, true
		return next.inPlaceOf(left), ""
	}
	return left, ""
}

// healthy reports whether b admits every call.
func healthy(b circuit.Breaker) bool {
	r, ok := circuit.As[circuit.Reporter](b)
	if !ok {
		return true
	}
	s := r.Snapshot()
	return s.Mode == circuit.Observe || s.State == circuit.Closed && s.DropRatio == 0
}
