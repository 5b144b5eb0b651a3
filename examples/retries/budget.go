package main

import (
	"sync"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
)

// budget bounds the retries of all calls together, as gRPC's retryThrottling does. The
// one that failsafe-go has bounds those that are in flight at a time.
type budget struct {
	mu                sync.Mutex
	tokens, max, gain float64
}

// newBudget has that many tokens. Each failed attempt takes one, and each success gives
// the gain back.
func newBudget(tokens, gain float64) *budget { return &budget{tokens: tokens, max: tokens, gain: gain} }

// bound has the policy stop while half of the tokens are gone.
func (b *budget) bound(policy retrypolicy.Builder[any]) retrypolicy.Builder[any] {
	return policy.
		AbortIf(func(_ any, err error) bool { return err != nil && !b.spend() }).
		OnSuccess(func(failsafe.ExecutionEvent[any]) { b.earn() })
}

// spend takes a token, and reports whether enough are left for a retry.
func (b *budget) spend() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens = max(0, b.tokens-1)
	return b.tokens > b.max/2
}

func (b *budget) earn() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens = min(b.max, b.tokens+b.gain)
}
