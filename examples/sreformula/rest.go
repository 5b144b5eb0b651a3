package main

import "math"

// rest is the share of refused calls at which a scene comes to rest, n being the
// calls in its window and s the backend's share. With a as the share of admitted
// calls, the window holds n·a requests, or n where refusals count; and s·n·a
// accepts from a lossy backend, s·n from a limited one. Each case solves
//
//	1 − a = (requests − K·accepts) / (requests + 1)
//
// for a. For large n that is
//
//	              refusals don't count   refusals count
//	lossy         1 − K·s                1
//	limited       1 − √(K·s)             1 − K·s
//
// and the last is the case that the book has in mind.
func (s scene) rest() float64 {
	served := float64(s.percent) / 100
	if s.k*served >= 1 {
		return 0
	}
	asked := n * s.k * served // K·accepts, of a limited backend
	switch {
	case s.limited && s.countRefusals:
		return 1 - (1+asked)/(n+1)
	case s.limited:
		return 1 - (math.Sqrt(1+4*n*(1+asked))-1)/(2*n)
	case s.countRefusals:
		return 1 - 1/(1+n-asked)
	default:
		c := asked - 1
		return 1 - (c+math.Sqrt(c*c+4*n))/(2*n)
	}
}
