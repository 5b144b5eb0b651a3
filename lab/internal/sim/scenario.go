package sim

import "time"

// Scenario is a backend, the traffic that it gets, and what befalls both.
type Scenario struct {
	Name     string
	About    string // one line for people
	Duration time.Duration
	Backend  Backend
	Traffic  Traffic
	Phases   []Phase // by At, the first at 0; each in force until the next
}

// Backend serves calls in the order of their arrival, with one queue.
type Backend struct {
	// Capacity is in services a second; 0 means without limit.
	Capacity float64
	// Latency is the round trip of a call that doesn't wait.
	Latency time.Duration
	// Queue is the longest wait for which a call is accepted; one that would wait
	// longer is refused by the backend.
	Queue time.Duration
	// RefusalCost is the work that such a refusal makes, as a share of a service.
	RefusalCost float64
}

// Traffic is what the clients send: calls at random times (Poisson).
type Traffic struct {
	Clients int
	Rate    float64 // calls a second of all clients together
	// First is the share of the calls that the first client makes, beside its equal
	// share of all others.
	First float64
	// Deadline is how long a caller waits for one attempt; 0 is for ever. The
	// backend works on nevertheless.
	Deadline time.Duration
	Retries  Retries
}

// Retries are a client's further attempts after one that failed.
type Retries struct {
	Max     int           // 0 to 3
	Backoff time.Duration // before the first, doubled before each further one, each ± 50 %
	Refused bool          // whether a refusal by the client's own breaker is retried, too
}

// Phase changes what a scenario began with.
type Phase struct {
	At       time.Duration
	Rate     float64       // as a multiple of Traffic.Rate
	Capacity float64       // as a multiple of Backend.Capacity
	Latency  time.Duration // added to Backend.Latency
	Errors   float64       // share of calls that fail, from 0 to 1, whatever the load
	Hang     bool          // no call is answered
}

// At is the phase that is in force at a time.
func (s *Scenario) At(t time.Duration) Phase {
	p := Phase{Rate: 1, Capacity: 1}
	for _, q := range s.Phases {
		if q.At <= t {
			p = q
		}
	}
	return p
}
