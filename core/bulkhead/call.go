package bulkhead

import (
	"sync"
	"sync/atomic"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// call is one that both admitted, the breaker and the limit. Ended, it is used again for
// another; one that is lost is garbage.
type call struct {
	use      atomic.Uint64 // how many calls have ended in it: the token of the present one
	admitted circuit.Permit
	place    circuit.Permit
}

var calls = sync.Pool{New: func() any { return new(call) }}

// both makes one permit of two.
func both(admitted, place circuit.Permit) circuit.Permit {
	c := calls.Get().(*call)
	c.admitted, c.place = admitted, place
	return circuit.NewPermit(c, c.use.Load())
}

// Settle is [circuit.Settler]'s.
func (c *call) Settle(token uint64, o circuit.Outcome) {
	c.SettleResult(token, circuit.Result{Outcome: o})
}

// SettleResult is [circuit.ResultSettler]'s.
func (c *call) SettleResult(token uint64, r circuit.Result) {
	if !c.use.CompareAndSwap(token, token+1) {
		return // settled before
	}
	admitted, place := c.admitted, c.place
	c.admitted, c.place = circuit.Permit{}, circuit.Permit{}
	calls.Put(c)
	defer place.End(r) // also when a foreign breaker panics
	admitted.End(r)
}
