package circuit

import "sync/atomic"

// MarksRefusals wraps b for a caller that marks a refused call as failed, as
// Kratos' own circuitbreaker middleware does: for each refusal by Allow it
// swallows one MarkFailed, and passes all else on. When refused and failed
// calls are marked at the same moment it can't tell whose mark is whose, which
// leaves the count of each as it should be. A refusal by Acquire awaits no mark.
//
// The wrapper is an [Acquirer] and an [Unwrapper]; wrap each breaker once, and
// share the wrapper.
func MarksRefusals(b Breaker) Breaker {
	return &marksRefusals{Breaker: b}
}

type marksRefusals struct {
	Breaker
	awaited atomic.Int64 // refusals whose mark has not come yet
}

func (m *marksRefusals) Allow() error {
	err := m.Breaker.Allow()
	if err != nil {
		m.awaited.Add(1)
	}
	return err
}

func (m *marksRefusals) MarkFailed() {
	for {
		n := m.awaited.Load()
		if n == 0 {
			m.Breaker.MarkFailed()
			return
		}
		if m.awaited.CompareAndSwap(n, n-1) {
			return
		}
	}
}

func (m *marksRefusals) Acquire() (Permit, error) { return Acquire(m.Breaker) }

func (m *marksRefusals) Unwrap() Breaker { return m.Breaker }
