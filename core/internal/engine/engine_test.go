package engine_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
)

// script is a law that does as it is told and writes down what reaches it.
type script struct {
	core   *engine.Core
	refuse bool
	retry  time.Duration

	log    []string
	newest time.Duration
	back   bool // time went back
}

func newScript() (*engine.Core, *script) {
	c := engine.New("script", 0)
	l := &script{core: c}
	c.Govern(l)
	return c, l
}

func (l *script) note(now time.Duration, what string) {
	l.back = l.back || now < l.newest
	l.newest = now
	l.log = append(l.log, what)
}

func (l *script) Admit(now time.Duration, anonymous bool) (uint32, bool) {
	if anonymous {
		l.note(now, "admit anonymous")
	} else {
		l.note(now, "admit")
	}
	return 1<<32 - 1, !l.refuse
}
func (l *script) Refused(now time.Duration)               { l.note(now, "refused") }
func (l *script) Leased(now time.Duration, _, _ uint64)   { l.note(now, "leased") }
func (l *script) Lease(time.Duration) (none engine.Lease) { return none }
func (l *script) Settle(now time.Duration, id uint32, o circuit.Outcome) {
	if id != 1<<32-1 {
		l.note(now, "settle of another id")
	}
	l.note(now, "settle "+o.String())
}
func (l *script) Mark(now time.Duration, o circuit.Outcome) { l.note(now, "mark "+o.String()) }
func (l *script) Reset(now time.Duration)                   { l.note(now, "reset") }
func (l *script) Show(now time.Duration, s *circuit.Snapshot) {
	l.back = l.back || now < l.newest
	l.newest = now
	s.DropRatio, s.RetryAfter = 0.5, l.retry
}

func (l *script) turn(to circuit.State, reason string) {
	l.core.Locked(func(time.Duration) { l.core.Turn(to, reason) })
}

// wants compares the log, and starts it anew.
func (l *script) wants(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(l.log, want) {
		t.Errorf("the law heard %q, want %q", l.log, want)
	}
	l.log = nil
}

func TestUnknownOutcomeCountsAsAFailure(t *testing.T) {
	c, _ := newScript()
	permit, _ := c.Acquire()
	permit.Done(circuit.Outcome(77))
	if got := c.Snapshot().Total; got != (circuit.Counts{Failures: 1}) {
		t.Errorf("the total is %+v, want 1 failure", got)
	}
}

// Each change of state makes what was admitted before it old news.
func TestOldNewsDecidesNothing(t *testing.T) {
	c, l := newScript()
	for _, to := range []circuit.State{circuit.Open, circuit.HalfOpen, circuit.Closed, circuit.Closed} {
		permit, _ := c.Acquire()
		l.turn(to, "test")
		l.log = nil
		permit.Success()
		permit.Failure()
		l.wants(t)
	}
	if got := c.Snapshot().Total; got != (circuit.Counts{Successes: 4, Failures: 4}) {
		t.Errorf("the total is %+v, want 4 of each: old news is counted", got)
	}
}

func TestRetryAfterAsksTheLawWhenAsked(t *testing.T) {
	c, l := newScript()
	l.refuse = true
	err := c.Allow()
	for _, want := range []time.Duration{0, 3 * time.Second, time.Millisecond} {
		l.retry = want
		if got, ok := circuit.RetryAfter(err); got != want || ok != (want > 0) {
			t.Errorf("RetryAfter = %v, %v, want %v", got, ok, want)
		}
	}
}

func TestEventShowsTheMomentBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, l := newScript()
		start := time.Now()
		var heard []circuit.Event
		c.Observe(func(e circuit.Event) { heard = append(heard, e) })
		c.Mark(circuit.Failure)
		time.Sleep(3 * time.Second)
		l.turn(circuit.Open, "first")
		time.Sleep(2 * time.Second)
		l.turn(circuit.HalfOpen, "second")
		if len(heard) != 2 {
			t.Fatalf("observers heard %d events, want 2", len(heard))
		}
		first, second := heard[0], heard[1]
		if !first.At.Equal(start.Add(3*time.Second)) || !first.Before.Since.Equal(start) || first.Before.State != circuit.Closed ||
			first.Before.Total.Failures != 1 {
			t.Errorf("the first event is %+v, want it after 3s, from closed since the start, 1 failure before", first)
		}
		if !second.At.Equal(start.Add(5*time.Second)) || !second.Before.Since.Equal(first.At) || second.Before.State != circuit.Open {
			t.Errorf("the second event is %+v, want it after 5s, from open since 3s", second)
		}
		if since := c.Snapshot().Since; !since.Equal(second.At) {
			t.Errorf("the state is there since %v, want %v", since, second.At)
		}
	})
}

// An observer may use the breaker: no lock is held while it runs.
func TestObserverMayUseTheBreaker(t *testing.T) {
	c, l := newScript()
	var states []circuit.State
	c.Observe(func(e circuit.Event) {
		states = append(states, e.To, c.Snapshot().State)
		if e.To == circuit.Open {
			permit, _ := c.Acquire()
			permit.Success()
			l.turn(circuit.HalfOpen, "from the observer")
		}
	})
	l.turn(circuit.Open, "test")
	want := []circuit.State{circuit.Open, circuit.Open, circuit.HalfOpen, circuit.HalfOpen}
	if !slices.Equal(states, want) {
		t.Errorf("the observer saw %v, want %v", states, want)
	}
}

// The time that a law sees is read under the lock; read before it, a goroutine
// that waits for the lock would bring an older time than the one before it.
func TestTimeNeverGoesBackForTheLaw(t *testing.T) {
	c, l := newScript()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 500 {
				if permit, err := c.Acquire(); err == nil {
					permit.Success()
				}
				c.Snapshot()
			}
		})
	}
	wg.Wait()
	if l.back {
		t.Error("the law saw time go back")
	}
	if got := c.Snapshot().Total.Successes; got != 2000 {
		t.Errorf("the total has %d successes, want 2000", got)
	}
}
