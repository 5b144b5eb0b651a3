package credit_test

import (
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// traffic is a stream of calls at a steady rate, whose results come a latency
// later. One goroutine runs it, in a bubble, so that a run repeats exactly.
type traffic struct {
	b        circuit.Breaker
	interval time.Duration
	latency  time.Duration
	pending  []pending
}

// pending is a call in flight.
type pending struct {
	permit  circuit.Permit
	outcome circuit.Outcome
	due     time.Time
}

func at(b circuit.Breaker, rate float64) *traffic {
	return &traffic{b: b, interval: time.Duration(float64(time.Second) / rate)}
}

// flow tells what became of some traffic.
type flow struct {
	offered, admitted, refused int
	good                       int // successes among the admitted
	lastRefusal                time.Time
}

// share is that of the offered calls which were refused.
func (f flow) share() float64 { return float64(f.refused) / float64(f.offered) }

// callee says how a call ends that is made now.
type callee func() circuit.Outcome

func always(o circuit.Outcome) callee { return func() circuit.Outcome { return o } }

// offer makes n calls.
func (tr *traffic) offer(n int, ends callee) (f flow) {
	for range n {
		tr.wait(time.Now().Add(tr.interval))
		f.offered++
		p, err := circuit.Acquire(tr.b)
		if err != nil {
			f.refused++
			f.lastRefusal = time.Now()
			continue
		}
		f.admitted++
		o := ends()
		if o == circuit.Success {
			f.good++
		}
		if tr.latency == 0 {
			p.Done(o)
			continue
		}
		tr.pending = append(tr.pending, pending{p, o, time.Now().Add(tr.latency)})
	}
	return f
}

// during makes calls for that long, at least one.
func (tr *traffic) during(d time.Duration, ends callee) flow {
	return tr.offer(max(1, int(d/tr.interval)), ends)
}

// wait settles what ends until then.
func (tr *traffic) wait(until time.Time) {
	for len(tr.pending) > 0 && !tr.pending[0].due.After(until) {
		p := tr.pending[0]
		tr.pending = tr.pending[1:]
		time.Sleep(time.Until(p.due))
		p.permit.Done(p.outcome)
	}
	time.Sleep(time.Until(until))
}
