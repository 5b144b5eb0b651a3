package circuittest

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

// probeBound has a thousand callers arrive at once when a probe is due.
func probeBound(t T, s Suite) {
	if s.Probes == 0 {
		t.Skipf("the suite has no Probes: no half-open state")
	}
	b := s.tripped(t)
	time.Sleep(s.bound(t, 100))
	var admitted atomic.Int64
	permits := make(chan circuit.Permit, 1000)
	var callers sync.WaitGroup
	for range 1000 {
		callers.Go(func() {
			if p, err := circuit.Acquire(b); err == nil {
				admitted.Add(1)
				permits <- p
			}
		})
	}
	callers.Wait()
	if n := int(admitted.Load()); n < 1 || n > s.Probes {
		t.Errorf("%d probes are in flight, want from 1 to %d", n, s.Probes)
	}
	if snap, ok := snapshot(b); ok && (snap.State != circuit.HalfOpen || snap.Probes != int(admitted.Load())) {
		t.Errorf("with %d probes in flight: state %v, %d probes", admitted.Load(), snap.State, snap.Probes)
	}
	close(permits)
	for p := range permits {
		p.Success()
		p.Success() // a probe counts once
	}
	s.recovers(t, b, 100, 0)
}

// concurrency has all methods used at once, and adds up what happened.
func concurrency(t T, s Suite) {
	const callers, calls = 16, 2000
	b := s.New()
	var ended [4]atomic.Uint64 // by outcome
	var refused atomic.Uint64
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range calls {
				o := circuit.Outcome(rand.N(4))
				if p, err := circuit.Acquire(b); err != nil {
					refused.Add(1)
				} else {
					p.Done(o)
					ended[o].Add(1)
				}
				if rand.N(100) == 0 {
					snapshot(b)
					time.Sleep(time.Duration(rand.N(int64(10 * time.Millisecond))))
				}
			}
		})
	}
	all.Wait()
	snap, ok := snapshot(b)
	if !ok {
		return // the race detector has seen it
	}
	want := circuit.Counts{
		Successes: ended[circuit.Success].Load(),
		Failures:  ended[circuit.Failure].Load() + ended[circuit.Overload].Load(),
		Ignored:   ended[circuit.Ignored].Load(),
		Refused:   refused.Load(),
		Overloads: ended[circuit.Overload].Load(),
	}
	if snap.Total != want {
		t.Errorf("totals are %+v, want %+v", snap.Total, want)
	}
	if snap.Window.Failures > snap.Total.Failures || snap.Window.Successes > snap.Total.Successes {
		t.Errorf("the window holds more than there was: %+v", snap)
	}
}

// concurrentOutage has many callers meet an outage, with calls that take their
// time, and its end.
func concurrentOutage(t T, s Suite) {
	b := s.New()
	bound := s.bound(t, 100)
	var broken atomic.Bool
	done := make(chan struct{})
	var refused atomic.Int64
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(time.Duration(rand.N(int64(2 * time.Second)))):
				}
				p, err := circuit.Acquire(b)
				if err != nil {
					refused.Add(1)
					continue
				}
				fails := broken.Load()
				time.Sleep(time.Duration(rand.N(int64(20 * time.Millisecond))))
				if fails {
					p.Failure()
				} else {
					p.Success()
				}
			}
		})
	}
	time.Sleep(10 * time.Second)
	if n := refused.Swap(0); n > 0 {
		t.Errorf("%d calls were refused before the outage", n)
	}
	broken.Store(true)
	time.Sleep(20 * time.Second)
	if refused.Load() == 0 {
		t.Errorf("no call was refused in an outage of 20 s at 100 calls a second")
	}
	broken.Store(false)
	time.Sleep(bound + 100*time.Millisecond)
	refused.Store(0)
	time.Sleep(10 * time.Second)
	if n := refused.Load(); n > 0 {
		t.Errorf("%d calls were refused later than %v after the outage", n, bound)
	}
	close(done)
	all.Wait()
}
