package composition_test

import (
	"errors"
	"sync"
	"time"

	"github.com/go-fusebox/fusebox/core/bulkhead"
	"github.com/go-fusebox/fusebox/core/circuit"
)

// spy is a breaker around another one that keeps the books of what passes by.
type spy struct {
	circuit.Breaker
	w    *world
	name string
	wrap // what is right below

	mu      sync.Mutex // for all below; never held while the breaker is called
	permits []spied
	refused uint64 // by Acquire
	full    uint64 // of these, for want of a place
	ends    [4]uint64
	kinds   [5]uint64 // of the ends
	allowed uint64
	barred  uint64    // refused by Allow
	marked  [2]uint64 // successes and failures
}

type spied struct {
	permit circuit.Permit
	since  time.Time
	ends   int
	probe  uint64 // by which half-open period it was admitted, if that is certain
}

func (s *spy) Unwrap() circuit.Breaker { return s.Breaker }

func (s *spy) Acquire() (circuit.Permit, error) {
	before := s.trial()
	p, err := circuit.Acquire(s.Breaker)
	probe := s.trial()
	if probe != before {
		probe = 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		if s.refused++; errors.Is(err, bulkhead.ErrFull) {
			s.full++
		}
		s.w.wants(errors.Is(err, circuit.ErrNotAllowed), "%s refuses with %v", s.name, err)
		s.w.wants(p == circuit.Permit{}, "%s refuses with a permit", s.name)
		return circuit.Permit{}, err
	}
	s.permits = append(s.permits, spied{permit: p, since: time.Now(), probe: probe})
	if probe > 0 {
		probes := s.young(lifetime, func(p spied) bool { return p.probe == probe })
		most := s.Breaker.(engine).probes()
		s.w.wants(probes <= most, "%s has %d probes in flight, of %d at most", s.name, probes, most)
	}
	if s.most > 0 { // of those by Allow nobody knows which is which
		young := s.young(s.lifetime, func(spied) bool { return true })
		s.w.wants(young <= s.most, "%s has %d calls in flight, of %d at most", s.name, young, s.most)
	}
	return circuit.NewPermit(s, uint64(len(s.permits)-1)), nil
}

// young counts the permits of a kind that are out, and younger than that.
func (s *spy) young(age time.Duration, of func(spied) bool) (n int) {
	for _, p := range s.permits {
		if p.ends == 0 && of(p) && time.Since(p.since) < age {
			n++
		}
	}
	return n
}

// trial is the number of the half-open period that now is, 0 for none: as the spy
// right on a hystrix breaker sees it.
func (s *spy) trial() uint64 {
	e, ok := s.Breaker.(engine)
	if !ok {
		return 0
	}
	shot := e.Snapshot()
	if shot.Engine != "hystrix" || shot.State != circuit.HalfOpen || shot.Mode != circuit.Auto {
		return 0
	}
	return shot.Entered.HalfOpen
}

// Settle is circuit.Settler's.
func (s *spy) Settle(token uint64, o circuit.Outcome) {
	s.ended(token, circuit.Result{Outcome: o}).Done(o)
}

// SettleResult is circuit.ResultSettler's.
func (s *spy) SettleResult(token uint64, r circuit.Result) { s.ended(token, r).End(r) }

func (s *spy) ended(token uint64, r circuit.Result) circuit.Permit {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &s.permits[token]
	p.ends++
	s.w.wants(p.ends == 1, "%s: a permit ends %d times", s.name, p.ends)
	s.ends[r.Outcome]++
	s.kinds[r.Kind]++
	return p.permit
}

func (s *spy) Allow() error {
	err := s.Breaker.Allow()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.barred++
	} else {
		s.allowed++
	}
	return err
}

func (s *spy) MarkSuccess() {
	s.mark(0)
	s.Breaker.MarkSuccess()
}

func (s *spy) MarkFailed() {
	s.mark(1)
	s.Breaker.MarkFailed()
}

func (s *spy) mark(which int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.marked[which]++
	s.w.wants(s.marked[0]+s.marked[1] <= s.allowed, "%s: %d calls are marked, of %d allowed", s.name, s.marked[0]+s.marked[1], s.allowed)
}

// books are a spy's at one moment.
type books struct {
	admitted, refused         uint64
	success, failure, ignored uint64 // overloads are failures
	overload                  uint64
	open                      uint64
	rejects                   uint64
	barred, full              uint64
}

func (s *spy) books() (b books) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b.admitted = uint64(len(s.permits)) + s.allowed
	b.refused = s.refused + s.barred
	b.rejects, b.barred, b.full = s.kinds[circuit.KindConcurrencyReject], s.barred, s.full
	b.overload = s.ends[circuit.Overload]
	b.success = s.ends[circuit.Success] + s.marked[0]
	b.failure = s.ends[circuit.Failure] + b.overload + s.marked[1]
	b.ignored = s.ends[circuit.Ignored]
	b.open = b.admitted - b.success - b.failure - b.ignored
	return b
}
