package sim

import (
	"math/rand/v2"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// backend is one queue and the work in it.
type backend struct {
	Backend
	dice  *rand.Rand
	phase Phase
	work  float64       // services that are left to do
	at    time.Duration // of which time
}

// answer is what becomes of a call.
type answer struct {
	after   time.Duration // the arrival
	never   bool
	outcome circuit.Outcome
}

// take accepts a call or refuses it.
func (b *backend) take(now time.Duration) answer {
	if b.phase.Hang {
		return answer{never: true}
	}
	latency := b.Latency + b.phase.Latency
	failed := b.phase.Errors > 0 && (b.phase.Errors >= 1 || b.dice.Float64() < b.phase.Errors)
	if b.phase.Errors >= 1 || b.Capacity == 0 {
		o := circuit.Success
		if failed {
			o = circuit.Failure
		}
		return answer{after: latency, outcome: o}
	}
	speed := b.Capacity * b.phase.Capacity
	b.work = max(0, b.work-speed*(now-b.at).Seconds())
	b.at = now
	wait := time.Duration(b.work / speed * float64(time.Second))
	if wait > b.Queue {
		b.work += b.RefusalCost
		return answer{after: latency, outcome: circuit.Overload}
	}
	b.work++
	a := answer{after: latency + wait + time.Duration(float64(time.Second)/speed)}
	if failed {
		a.outcome = circuit.Failure
	}
	return a
}

// enter starts a phase.
func (b *backend) enter(now time.Duration, p Phase) {
	if speed := b.Capacity * b.phase.Capacity; speed > 0 {
		b.work = max(0, b.work-speed*(now-b.at).Seconds())
	}
	b.at, b.phase = now, p
}
