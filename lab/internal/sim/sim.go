// Package sim runs breakers through a [Scenario] in virtual time.
//
// [Run] is to be called inside a testing/synctest bubble: it sleeps from event to
// event, so that breakers that read the clock, whoever wrote them, see the time
// of the scenario. One goroutine plays all clients and the backend, and a seed
// gives the same run again.
package sim

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// tick is the least step of time that breakers see. Sleeping is the dearest part
// of a run; events closer together than this happen at one time.
const tick = 200 * time.Microsecond

// run is one client fleet at one backend.
type run struct {
	Scenario
	breakers []circuit.Breaker
	told     bool
	arrivals *rand.Rand
	jitter   *rand.Rand
	backend  backend
	events   events
	began    time.Time
	now      time.Duration // of the event
	slept    time.Duration // what breakers see
	failed   int           // attempts
	result   *Result
}

// Run sends the scenario's traffic through one breaker for each client. Those
// that are told hear of [circuit.Overload]; others are marked as failed instead.
func Run(ctx context.Context, s Scenario, seed uint64, told bool, breaker func(client int) circuit.Breaker) (*Result, error) {
	r := &run{
		Scenario: s,
		told:     told,
		arrivals: rand.New(rand.NewPCG(seed, 1)),
		jitter:   rand.New(rand.NewPCG(seed, 2)),
		backend:  backend{Backend: s.Backend, dice: rand.New(rand.NewPCG(seed, 3))},
		result:   &Result{Scenario: s, Bins: make([]Bin, int(s.Duration/Step)), FirstTrip: -1},
	}
	r.result.Clients = make([]Client, s.Traffic.Clients)
	for i := range s.Traffic.Clients {
		// Breakers seed their dice by the time: no two start at once, in this run or
		// in one beside it.
		time.Sleep(time.Duration(1 + r.jitter.Int64N(int64(time.Second))))
		r.breakers = append(r.breakers, breaker(i))
	}
	r.began = time.Now()
	if err := r.play(ctx); err != nil {
		return nil, err
	}
	for i := range r.result.Clients {
		c := &r.result.Clients[i]
		c.Gap = max(c.Gap, s.Duration-c.last)
	}
	return r.result, nil
}

func (r *run) play(ctx context.Context) error {
	phases := r.Phases
	next := r.gap()
	const never = time.Duration(1<<63 - 1)
	for steps := 0; ; steps++ {
		if steps%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		due, phase := never, never
		if len(r.events.heap) > 0 {
			due = r.events.heap[0].at
		}
		if len(phases) > 0 {
			phase = phases[0].At
		}
		switch at := min(next, due, phase); {
		case at >= r.Duration:
			return nil
		case at == phase:
			r.advance(at)
			r.backend.enter(at, phases[0])
			phases = phases[1:]
			next = at + r.gap()
		case at == due:
			r.advance(at)
			if e := r.events.pop(); e.retry {
				r.attempt(e)
			} else {
				r.finish(e)
			}
		default:
			r.advance(at)
			client := r.caller()
			r.bin().Offered++
			r.result.Clients[client].Offered++
			r.attempt(event{client: int32(client), step: int32(r.now / Step)})
			next = at + r.gap()
		}
	}
}

// gap is the time to the next arrival.
func (r *run) gap() time.Duration {
	rate := r.Traffic.Rate * r.backend.phase.Rate
	if rate <= 0 {
		return r.Duration
	}
	return time.Duration(r.arrivals.ExpFloat64() / rate * float64(time.Second))
}

// caller is the client of the next call.
func (r *run) caller() int {
	if first := r.Traffic.First; first > 0 && r.arrivals.Float64() < first {
		return 0
	}
	return r.arrivals.IntN(len(r.breakers))
}

func (r *run) advance(to time.Duration) {
	r.now = to
	if to-r.slept >= tick {
		time.Sleep(to - time.Since(r.began))
		r.slept = to
	}
}

func (r *run) bin() *Bin { return &r.result.Bins[int(r.now/Step)] }

// attempt asks the client's breaker, then the backend.
func (r *run) attempt(e event) {
	permit, err := circuit.Acquire(r.breakers[e.client])
	if err != nil {
		r.refused(e)
		return
	}
	r.bin().Reached++
	if r.result.FirstTrip < 0 {
		r.result.Seen = r.failed
	}
	a := r.backend.take(r.now)
	if limit := r.Traffic.Deadline; limit > 0 && (a.never || a.after > limit) {
		a = answer{after: limit, outcome: circuit.Failure}
	}
	if a.never {
		return
	}
	e.at, e.retry, e.outcome, e.permit = r.now+a.after, false, a.outcome, permit
	r.events.push(e)
}

func (r *run) refused(e event) {
	r.bin().Refused++
	if r.result.FirstTrip < 0 {
		r.result.FirstTrip = r.now
	}
	if len(r.breakers) == 1 {
		r.result.Refusals = append(r.result.Refusals, r.now)
	}
	if r.Traffic.Retries.Refused {
		r.retry(e)
	}
}

// finish takes the answer.
func (r *run) finish(e event) {
	if e.outcome == circuit.Overload && !r.told {
		e.permit.Failure()
	} else {
		e.permit.Done(e.outcome)
	}
	if e.outcome == circuit.Success {
		r.bin().Served++
		r.result.Bins[e.step].Kept++
		c := &r.result.Clients[e.client]
		c.Served++
		c.Gap = max(c.Gap, r.now-c.last)
		c.last = r.now
		return
	}
	r.bin().Wasted++
	r.failed++
	r.retry(e)
}

// retry makes another attempt after one that failed or was refused, if any is left.
func (r *run) retry(e event) {
	if int(e.attempt) >= r.Traffic.Retries.Max {
		return
	}
	wait := float64(r.Traffic.Retries.Backoff<<e.attempt) * (.5 + r.jitter.Float64())
	r.events.push(event{at: r.now + time.Duration(wait), client: e.client, step: e.step, attempt: e.attempt + 1, retry: true})
}
