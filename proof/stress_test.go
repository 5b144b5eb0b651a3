package proof_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/credit"
	"github.com/go-fusebox/fusebox/core/group"
	"github.com/go-fusebox/fusebox/core/guard"
	"github.com/go-fusebox/fusebox/core/hystrix"
	"github.com/go-fusebox/fusebox/core/sre"
)

// target is an engine under stress, with short times.
type target struct {
	name   string
	create func() stressed
	bound  time.Duration // from the last failure until all calls are admitted
}

// stressed is a breaker of any engine; its settings are numbered, and those above
// goodConfigs are wrong.
type stressed interface {
	circuit.Acquirer
	circuit.Reporter
	circuit.Observable
	circuit.ModeSetter
	circuit.AdmissionCounter
	change(config int) error
}

const (
	goodConfigs = 2
	mostProbes  = 3 // in either of them
)

type tuned[C any] struct {
	updater[C]
	configs [goodConfigs + 1]C
}

func (u *tuned[C]) change(i int) error { return u.Update(u.configs[i]) }

func targetOf[C any, B updater[C]](name string, bound time.Duration, create func(C) (B, error), configs ...C) target {
	return target{name, func() stressed {
		return &tuned[C]{must(create(configs[0])), [goodConfigs + 1]C(configs)}
	}, bound}
}

func targets() []target {
	return []target{
		// The sleep window, with its jitter, and lost probes.
		targetOf("hystrix", 22*ms+10*ms, newHystrix, hystrix.Config{
			RequestVolumeThreshold: 10, Window: 40 * ms, Buckets: 4, SleepWindow: 5 * ms, MaxSleepWindow: 20 * ms,
			Probes: mostProbes, SuccessesToClose: 3, ProbeLifetime: 10 * ms,
		}, hystrix.Config{
			RequestVolumeThreshold: 4, Window: 20 * ms, Buckets: 5, SleepWindow: 2 * ms, Probes: 1, ConsecutiveFailures: 3, ProbeLifetime: 5 * ms,
		}, hystrix.Config{Probes: -1}),
		// Three times the longest time between trials, a probe, and lost probes.
		targetOf("credit", 3*40*ms+10*ms+20*ms, credit.New, credit.Config{
			Probes: mostProbes, ProbeLifetime: 20 * ms, ProbeInterval: 10 * ms, TrialInterval: 10 * ms, MaxTrialInterval: 40 * ms,
		}, credit.Config{
			Depth: 2, Purse: 4, Probes: 1, ProbeLifetime: 5 * ms, ProbeInterval: 2 * ms, TrialInterval: 5 * ms, MaxTrialInterval: 5 * ms,
		}, credit.Config{Gain: 3}),
		// The window, a bucket, and the floor of probes.
		targetOf("sre", 40*ms+10*ms+5*ms, sre.New, sre.Config{
			Window: 40 * ms, Buckets: 4, MinRequests: 5, ProbeInterval: 5 * ms,
		}, sre.Config{
			K: 1.2, Window: 20 * ms, Buckets: 10, MinRequests: 2, Protection: 1, ProbeInterval: 2 * ms,
		}, sre.Config{K: 0.5}),
	}
}

// access is how callers come to breakers.
type access struct {
	name string
	// open makes get of a key, and remove of one, from what makes breakers.
	open func(create func(key string) circuit.Breaker, o circuit.Observer) (get func(string) circuit.Breaker, remove func(string) bool)
}

const stressCap = 6

func accesses() []access {
	return []access{
		{"alone", func(create func(string) circuit.Breaker, _ circuit.Observer) (func(string) circuit.Breaker, func(string) bool) {
			b := create("")
			return func(string) circuit.Breaker { return b }, func(string) bool { return false }
		}},
		{"group", func(create func(string) circuit.Breaker, o circuit.Observer) (func(string) circuit.Breaker, func(string) bool) {
			g := group.New(create, group.WithCap(stressCap), group.WithObserver(o))
			return g.Get, g.Remove
		}},
		{"guard", func(create func(string) circuit.Breaker, o circuit.Observer) (func(string) circuit.Breaker, func(string) bool) {
			g := group.New(create, group.WithCap(stressCap))
			return guard.New(guard.Config{Group: g, Observer: o}, circuit.DefaultClassifier).Breaker, g.Remove
		}},
	}
}

// stress is one run.
type stress struct {
	t      *testing.T
	create func() stressed
	get    func(key string) circuit.Breaker
	remove func(key string) bool

	calls   atomic.Uint64 // which tell the callee when to fail
	counted tally         // by the callers
	events  atomic.Uint64
	lost    atomic.Uint64 // permits
	forced  atomic.Uint64 // calls in ForceOpen
	shots   atomic.Uint64 // snapshots

	mu   sync.Mutex
	made []*watched
}

type tally struct{ successes, failures, ignored, refused atomic.Uint64 }

// watched is a breaker that was made, with its observers' notes.
type watched struct {
	stressed
	s    *stress
	last circuit.State // as its events tell, one at a time
}

func TestStress(t *testing.T) {
	for _, to := range targets() {
		for _, by := range accesses() {
			t.Run(to.name+" "+by.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := &stress{t: t, create: to.create}
					s.get, s.remove = by.open(s.breaker, s.hear)
					s.play()
					s.settleUp()
					s.recover(to.bound)
					t.Logf("%d calls admitted and settled, %d refused, %d in ForceOpen; %d breakers, %d events, %d snapshots",
						s.counted.successes.Load()+s.counted.failures.Load()+s.counted.ignored.Load(), s.counted.refused.Load(),
						s.forced.Load(), len(s.made), s.events.Load(), s.shots.Load())
				})
			})
		}
	}
}

// breaker is the factory.
func (s *stress) breaker(string) circuit.Breaker {
	w := &watched{stressed: s.create(), s: s}
	w.CountAdmissions()
	w.observe()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made = append(s.made, w)
	return w
}

// work is how many times each role does its own, at the default length.
const work = 1500

// play has all roles at it at once, until each has done its work.
func (s *stress) play() {
	roles := []func(i int){
		s.acquires, s.acquires, s.marks, s.runs,
		s.reloads, s.switches, s.floods, s.removes, s.looks, s.looks,
	}
	starts := make([]func(), len(roles))
	for i, role := range roles {
		starts[i] = func() {
			for n := range work * *long {
				role(n)
				if n%16 == 15 {
					time.Sleep(time.Duration(100+i) * time.Microsecond) // lets the clock go on
				}
			}
		}
	}
	atOnce(starts...)
}

// settleUp compares the totals with what the callers counted.
func (s *stress) settleUp() {
	var sum circuit.Counts
	var admitted, inFlight uint64
	for _, b := range s.made {
		shot := b.Snapshot()
		admitted += shot.Admitted
		inFlight += shot.InFlight
		total := shot.Total
		sum.Successes += total.Successes
		sum.Failures += total.Failures
		sum.Ignored += total.Ignored
		sum.Refused += total.Refused
	}
	want := circuit.Counts{
		Successes: s.counted.successes.Load(), Failures: s.counted.failures.Load(),
		Ignored: s.counted.ignored.Load(), Refused: s.counted.refused.Load(),
	}
	if sum != want {
		s.t.Errorf("the totals are %+v, the callers counted %+v", sum, want)
	}
	lost := s.lost.Load()
	if ended := want.Successes + want.Failures + want.Ignored; inFlight != lost || admitted != ended+lost {
		s.t.Errorf("%d calls were admitted and %d are in flight, but %d ended and %d were lost", admitted, inFlight, ended, lost)
	}
}

// recover has the callee serve all calls, a thousand in a second, and each breaker
// that callers can get admit them all after its bound.
func (s *stress) recover(bound time.Duration) {
	for i := range keys {
		b, ok := circuit.As[*watched](s.get(key(i)))
		if !ok {
			s.t.Fatal("a breaker is not one that was made")
		}
		b.Release()
		if err := b.SetMode(circuit.Auto); err != nil {
			s.t.Error(err)
		}
		if err := b.change(0); err != nil {
			s.t.Error(err)
		}
		time.Sleep(50 * ms) // longer than the windows
		for range 100 {     // one last outage
			if permit, err := b.Acquire(); err == nil {
				permit.Failure()
			}
		}
		if b.Snapshot().State == circuit.Closed {
			s.t.Errorf("%s: 100 failures left it closed", key(i))
		}
		for start := time.Now(); time.Since(start) < bound+200*ms; time.Sleep(ms) {
			permit, err := b.Acquire()
			if err != nil && time.Since(start) > bound {
				s.t.Errorf("%s: a call is refused %v after the last failure, the bound is %v: %+v",
					key(i), time.Since(start), bound, b.Snapshot())
				break
			}
			if err == nil {
				permit.Success()
			}
		}
	}
}

// keys are what the callers call, and the flooder does not.
const keys = 3

func key(i int) string { return fmt.Sprint("callee ", i%keys) }
