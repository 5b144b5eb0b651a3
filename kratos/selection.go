package kratos

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/go-kratos/kratos/v2/middleware"
	"github.com/go-kratos/kratos/v2/selector"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// Client is a middleware to go with the filter: a call for which every node was
// left out returns a refusal, as described for the package, in place of Kratos'
// own error, or what the fallback returns. The key that [WithRefusalObserver] tells is
// the address of the node whose turn it was. It belongs behind [Client], which then
// ignores such calls.
func (n *Nodes) Client() middleware.Middleware {
	return func(next middleware.Handler) middleware.Handler {
		return func(ctx context.Context, req any) (any, error) {
			s := &selection{}
			reply, err := next(context.WithValue(ctx, selectionKey{n}, s), req)
			if key, cause := n.refusal(s); err != nil && cause != nil {
				n.breakers.Refused(ctx, key, cause)
				return n.breakers.refuse(ctx, req, nil, cause)
			}
			return reply, err
		}
	}
}

// StreamClientInterceptor is the same for gRPC streams, and belongs behind the
// function of that name. Besides, it sees to the judgement of streams that the
// server ends while the client still sends: those gRPC reports to the balancer as
// served, whatever their status.
func (n *Nodes) StreamClientInterceptor() grpc.StreamClientInterceptor {
	return func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string,
		streamer grpc.Streamer, callOpts ...grpc.CallOption,
	) (grpc.ClientStream, error) {
		s := &selection{stream: true}
		withFinish := make([]grpc.CallOption, len(callOpts), len(callOpts)+1)
		copy(withFinish, callOpts)
		withFinish = append(withFinish, grpc.OnFinish(func(err error) {
			result := circuit.Result{Outcome: circuit.Failure} // until the classifier returns
			defer func() { s.end(result) }()
			result = resultOf(ctx, err, n.breakers.Judge(ctx, err))
		}))
		stream, err := streamer(context.WithValue(ctx, selectionKey{n}, s), desc, cc, method, withFinish...)
		if key, cause := n.refusal(s); err != nil && cause != nil {
			n.breakers.Refused(ctx, key, cause)
			return nil, refusal(cause)
		}
		return stream, err
	}
}

type selectionKey struct{ *Nodes }

// selection is the choice of a node for one call, and what came of it.
type selection struct {
	stream bool

	mu      sync.Mutex
	refused []selector.Node  // all that there were, when the last choice left none
	due     string           // the address of the one among them whose turn it was
	permits []circuit.Permit // of a stream's picks that are done, but for the end of the stream
	ended   bool             // the stream has
	result  circuit.Result   // of a stream that has ended
}

// leaves takes note of a choice; s may be nil.
func (s *selection) leaves(left, all []selector.Node, due string) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused, s.due = nil, ""
	if len(left) == 0 {
		s.refused, s.due = all, due
	}
}

// keeps takes over the permit of a stream's pick, and reports whether it did so;
// s may be nil.
func (s *selection) keeps(permit circuit.Permit) bool {
	if s == nil || !s.stream {
		return false
	}
	s.mu.Lock()
	ended, result := s.ended, s.result
	if !ended {
		s.permits = append(s.permits, permit)
	}
	s.mu.Unlock()
	if ended {
		permit.End(result)
	}
	return true
}

// end settles the permits of the stream. gRPC reports the last pick as done before
// that in its newer versions, after it in others.
func (s *selection) end(result circuit.Result) {
	s.mu.Lock()
	permits := s.permits
	s.permits, s.ended, s.result = nil, true, result
	s.mu.Unlock()
	for _, permit := range permits {
		permit.End(result)
	}
}

// refusal is that of every node, with the key of the one whose turn it was, or nil if
// some were left.
func (n *Nodes) refusal(s *selection) (key string, _ error) {
	s.mu.Lock()
	all, key := s.refused, s.due
	s.mu.Unlock()
	if all == nil {
		return "", nil
	}
	return key, circuit.NewRefusal("kratos nodes", func() (time.Duration, bool) { return n.soonest(all) })
}

// soonest is the time until the first of the nodes may be asked, where known.
func (n *Nodes) soonest(all []selector.Node) (after time.Duration, known bool) {
	for _, candidate := range all {
		r, ok := circuit.As[circuit.Reporter](n.breakers.Breaker(candidate.Address()))
		if !ok {
			continue
		}
		if a := r.Snapshot().RetryAfter; a > 0 && (!known || a < after) {
			after, known = a, true
		}
	}
	return after, known
}
