package circuitfailsafe

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"

	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// AdaptiveLimiter is an [adaptivelimiter.AdaptiveLimiter] for results of any type.
type AdaptiveLimiter interface {
	adaptivelimiter.Metrics
	TryAcquirePermit() (adaptivelimiter.Permit, bool)
}

// AdaptiveLimit makes l a limit for [bulkhead.Guard]: its number of calls in flight falls
// when calls take longer than they used to, and rises when they don't. Where all the
// settings are data, [NewAdaptiveLimit] makes l as well.
//
// l learns from how long calls take, so it is told of those that took their time:
// successes, and failures that lasted at least as long as successes do on average, as those
// by a deadline. Quick failures, such as refusals by the callee or lost connections, would
// look like a callee that is fast, so their places are dropped, as those of calls that were
// Ignored are, and of lost calls after lifetime: 1ms to 8760h, 0 being
// [bulkhead.DefaultLifetime]. Nobody ever waits for a place, also where l has a queue.
// l may be shared with failsafe-go's own executors.
func AdaptiveLimit(l AdaptiveLimiter, lifetime time.Duration) (bulkhead.Limit, error) {
	if l == nil {
		return nil, errors.New("circuitfailsafe: no adaptive limiter")
	}
	return bulkhead.Expiring(&adaptive{limiter: l}, lifetime)
}

// adaptive is without the care for lost calls and for those that are settled twice.
type adaptive struct {
	limiter AdaptiveLimiter
	usual   atomic.Int64 // the moving average of the time that successes take, in ns
}

// Acquire is [bulkhead.Limit]'s.
func (a *adaptive) Acquire() (circuit.Permit, error) {
	permit, ok := a.limiter.TryAcquirePermit()
	if !ok {
		return circuit.Permit{}, bulkhead.ErrFull
	}
	return circuit.NewPermit(&adaptiveCall{a, permit}, 0), nil
}

// Stats is [bulkhead.Limit]'s, as far as it isn't counted by who wraps a.
func (a *adaptive) Stats() bulkhead.Stats {
	return bulkhead.Stats{InFlight: a.limiter.Inflight(), Max: a.limiter.Limit()}
}

type adaptiveCall struct {
	limit  *adaptive
	permit adaptivelimiter.Permit
}

// Settle is [circuit.Settler]'s.
func (c *adaptiveCall) Settle(token uint64, o circuit.Outcome) {
	c.SettleResult(token, circuit.Result{Outcome: o})
}

// SettleResult is [circuit.ResultSettler]'s.
func (c *adaptiveCall) SettleResult(_ uint64, r circuit.Result) {
	if c.limit.tells(r) {
		c.permit.Record()
		return
	}
	c.permit.Drop()
}

// memory is how many successes it takes, about, to forget how long earlier ones took.
const memory = 32

// tells reports whether the time that the call took says something about the callee.
func (a *adaptive) tells(r circuit.Result) bool {
	usual, took := a.usual.Load(), int64(r.Duration)
	switch {
	case r.Outcome == circuit.Ignored:
		return false
	case r.Outcome != circuit.Success && usual == 0:
		return r.Kind == circuit.KindTimeout
	case r.Outcome != circuit.Success:
		return took >= usual
	case usual == 0:
		a.usual.Store(took)
	default:
		a.usual.Store(usual + (took-usual)/memory) // of two at a time, one is lost, and no harm done
	}
	return true
}
