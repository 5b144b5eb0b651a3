package kratos

import "github.com/go-kratos/kratos/v2/selector"

// standIn is a node that is to be picked in the place of a healthy one.
type standIn struct {
	*node
	address string
}

// Address is the healthy node's.
func (s *standIn) Address() string { return s.address }

// Weight is none: wrr charges the healthy node for the pick by what it weighs.
func (s *standIn) Weight() float64 { return 0 }

// inPlaceOf has n picked, whichever of the healthy nodes the balancer chooses. If n
// were left alone, wrr would forget its count of the others, and begin with the same
// one after each such call.
func (n *node) inPlaceOf(healthy []selector.Node) []selector.Node {
	if len(healthy) == 0 {
		return []selector.Node{n}
	}
	standIns := make([]standIn, len(healthy))
	for i, h := range healthy {
		standIns[i] = standIn{n, h.Address()}
		healthy[i] = &standIns[i]
	}
	return healthy
}
