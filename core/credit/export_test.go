package credit

import (
	"math/rand/v2"
	"time"
)

// SetDice has b draw from a known source.
func (b *Breaker) SetDice(r *rand.Rand) { b.core.Locked(func(time.Duration) { b.law.dice = r }) }
