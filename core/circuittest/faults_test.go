package circuittest_test

import (
	"errors"
	"sync"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/hystrix"
)

// sound is a breaker that keeps the contract, and the base of those that don't.
func sound() *hystrix.Breaker {
	b, err := hystrix.New(hystrix.Config{})
	if err != nil {
		panic(err)
	}
	return b
}

// settler changes what becomes of a permit.
type settler struct {
	permit circuit.Permit
	change func(p circuit.Permit, o circuit.Outcome)
}

func (s settler) Settle(_ uint64, o circuit.Outcome) { s.change(s.permit, o) }

type changesOutcomes struct {
	*hystrix.Breaker
	change func(p circuit.Permit, o circuit.Outcome)
}

func (b changesOutcomes) Acquire() (circuit.Permit, error) {
	p, err := b.Breaker.Acquire()
	if err != nil {
		return p, err
	}
	return circuit.NewPermit(settler{p, b.change}, 0), nil
}

// resultSettler changes what becomes of a permit that is told more than an outcome.
type resultSettler struct {
	permit circuit.Permit
	change func(p circuit.Permit, r circuit.Result)
}

func (s resultSettler) Settle(_ uint64, o circuit.Outcome)      { s.permit.Done(o) }
func (s resultSettler) SettleResult(_ uint64, r circuit.Result) { s.change(s.permit, r) }

type changesResults struct {
	*hystrix.Breaker
	change func(p circuit.Permit, r circuit.Result)
}

func (b changesResults) Acquire() (circuit.Permit, error) {
	p, err := b.Breaker.Acquire()
	if err != nil {
		return p, err
	}
	return circuit.NewPermit(resultSettler{p, b.change}, 0), nil
}

// obeysForever refuses calls for as long as any callee asks.
func obeysForever() circuit.Breaker {
	b := sound()
	return changesResults{b, func(p circuit.Permit, r circuit.Result) {
		p.End(r)
		if r.RetryAfter > 0 && r.Outcome.Failed() && b.Snapshot().State == circuit.Open {
			_ = b.Override(circuit.ForceOpen, r.RetryAfter)
		}
	}}
}

type countsRefusals struct{ *hystrix.Breaker }

func (b countsRefusals) Acquire() (circuit.Permit, error) {
	p, err := b.Breaker.Acquire()
	if err != nil {
		b.MarkFailed()
	}
	return p, err
}

type ownError struct{ *hystrix.Breaker }

func (b ownError) Acquire() (circuit.Permit, error) {
	p, err := b.Breaker.Acquire()
	if err != nil {
		err = errors.New("no")
	}
	return p, err
}

// plain has no more than the three methods.
type plain struct{ b *hystrix.Breaker }

func (p plain) Allow() error { return p.b.Allow() }
func (p plain) MarkSuccess() { p.b.MarkSuccess() }
func (p plain) MarkFailed()  { p.b.MarkFailed() }

// withoutIdentity hands out permits that don't know their call.
type withoutIdentity struct{ *hystrix.Breaker }

func (b withoutIdentity) Acquire() (circuit.Permit, error) { return circuit.Acquire(plain{b.Breaker}) }

// closesOnAnySuccess forgets when the call was admitted.
func closesOnAnySuccess() circuit.Breaker {
	b := sound()
	return changesOutcomes{b, func(p circuit.Permit, o circuit.Outcome) {
		p.Done(o)
		if o == circuit.Success {
			_ = b.SetMode(circuit.ForceClose)
			_ = b.SetMode(circuit.Auto)
		}
	}}
}

// tellsUnderLock holds a lock around all that it does.
type tellsUnderLock struct {
	*hystrix.Breaker
	mu *sync.Mutex
}

func (b tellsUnderLock) Acquire() (circuit.Permit, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, err := b.Breaker.Acquire()
	if err != nil {
		return p, err
	}
	return circuit.NewPermit(settler{p, func(p circuit.Permit, o circuit.Outcome) {
		b.mu.Lock()
		defer b.mu.Unlock()
		p.Done(o)
	}}, 0), nil
}

func (b tellsUnderLock) Snapshot() circuit.Snapshot {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Breaker.Snapshot()
}

// tellsOutOfOrder swaps each pair of events.
type tellsOutOfOrder struct{ *hystrix.Breaker }

func (b tellsOutOfOrder) Observe(o circuit.Observer) func() {
	var held []circuit.Event
	return b.Breaker.Observe(func(e circuit.Event) {
		if held = append(held, e); len(held) == 2 {
			o(held[1])
			o(held[0])
			held = nil
		}
	})
}

type neverStops struct{ *hystrix.Breaker }

func (b neverStops) Observe(o circuit.Observer) func() {
	b.Breaker.Observe(o)
	return func() {}
}

type silent struct{ *hystrix.Breaker }

func (silent) Observe(circuit.Observer) func() { return func() {} }

type refusesInObserve struct{ *hystrix.Breaker }

func (b refusesInObserve) SetMode(m circuit.Mode) error {
	if m == circuit.Observe {
		return nil
	}
	return b.Breaker.SetMode(m)
}

type endlessOverrides struct{ *hystrix.Breaker }

func (b endlessOverrides) Override(m circuit.Mode, d time.Duration) error {
	return b.Breaker.Override(m, min(d, 0))
}

type weakOverrides struct{ *hystrix.Breaker }

func (b weakOverrides) SetMode(m circuit.Mode) error {
	b.Release()
	return b.Breaker.SetMode(m)
}
