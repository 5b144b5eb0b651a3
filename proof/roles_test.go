package proof_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
)

var errCallee = errors.New("callee failed")

// fails tells whether the callee does so now: it does for 200 calls of each 600.
func (s *stress) fails() bool { return s.calls.Add(1)%600 >= 400 }

// acquires is a caller with permits: it gives up some calls, and loses some permits.
func (s *stress) acquires(i int) {
	permit, err := circuit.Acquire(s.get(key(i)))
	if err != nil {
		s.refused(err)
		return
	}
	if i%7 == 0 {
		time.Sleep(50 * time.Microsecond) // in the callee
	}
	switch {
	case i%31 == 0: // never settled
		s.lost.Add(1)
	case i%11 == 0:
		s.counted.ignored.Add(1)
		permit.Ignore()
	case s.fails():
		s.counted.failures.Add(1)
		permit.Failure()
	default:
		s.counted.successes.Add(1)
		permit.Success()
	}
}

func (s *stress) refused(err error) {
	s.counted.refused.Add(1)
	if !errors.Is(err, circuit.ErrNotAllowed) {
		s.t.Errorf("a call is refused with %v", err)
	}
}

// marks is a bare caller.
func (s *stress) marks(i int) {
	b := s.get(key(i))
	switch err := b.Allow(); {
	case err != nil:
		s.refused(err)
	case s.fails():
		s.counted.failures.Add(1)
		b.MarkFailed()
	default:
		s.counted.successes.Add(1)
		b.MarkSuccess()
	}
}

// runs calls through [circuit.Do]; some calls panic, some are cancelled.
func (s *stress) runs(i int) {
	admitted := false
	err := func() (err error) {
		defer func() { _ = recover() }()
		return circuit.Do(context.Background(), s.get(key(i)), func(context.Context) error {
			admitted = true
			switch {
			case i%13 == 0:
				s.counted.failures.Add(1)
				panic("in the callee")
			case i%17 == 0:
				s.counted.ignored.Add(1)
				return context.Canceled
			case s.fails():
				s.counted.failures.Add(1)
				return errCallee
			default:
				s.counted.successes.Add(1)
				return nil
			}
		})
	}()
	if !admitted {
		s.refused(err)
	}
}

// reloads changes the settings, at times for wrong ones.
func (s *stress) reloads(i int) {
	b, _ := circuit.As[*watched](s.get(key(i / 3)))
	config := i % (goodConfigs + 1)
	if err := b.change(config); (err == nil) != (config < goodConfigs) {
		s.t.Errorf("Update to config %d returns %v", config, err)
	}
}

// switches changes modes, at times by an override that ends on its own. It is the only one
// to do so, so that each call which begins after SetMode(ForceOpen) has returned is refused
// until it goes on; time goes on no sooner.
func (s *stress) switches(i int) {
	if i%8 != 0 {
		return
	}
	b, _ := circuit.As[*watched](s.get(key(i / 8)))
	mode := []circuit.Mode{circuit.ForceOpen, circuit.Auto, circuit.ForceClose, circuit.Observe, circuit.ForceOpen, circuit.Observe}[i/8%6]
	set := b.SetMode
	if b.Release(); i/48%2 == 1 {
		set = func(m circuit.Mode) error { return b.Override(m, time.Duration(1+i%500)*time.Microsecond) }
	}
	if err := set(mode); err != nil {
		s.t.Error(err)
	}
	if mode == circuit.ForceOpen || mode == circuit.ForceClose {
		for range 20 {
			permit, err := b.Acquire()
			s.forced.Add(1)
			switch {
			case (err == nil) != (mode == circuit.ForceClose):
				s.t.Errorf("a call in %s: %v", mode, err)
			case err == nil:
				s.counted.successes.Add(1)
				permit.Success()
			default:
				s.refused(err)
			}
			runtime.Gosched()
		}
	}
	if i/8%2 == 1 {
		return // it stays
	}
	b.Release()
	if err := b.SetMode(circuit.Auto); err != nil {
		s.t.Error(err)
	}
}

// floods calls keys that nobody else does.
func (s *stress) floods(i int) {
	b := s.get(fmt.Sprint("flood ", i))
	if err := b.Allow(); err != nil {
		s.refused(err)
		return
	}
	s.counted.successes.Add(1)
	b.MarkSuccess()
}

func (s *stress) removes(i int) {
	if i%50 == 49 {
		s.remove(key(i / 50))
	}
}

// looks takes snapshots.
func (s *stress) looks(i int) {
	b, _ := circuit.As[*watched](s.get(key(i)))
	first := b.Snapshot()
	shot := b.Snapshot()
	s.shots.Add(2)
	w, total := shot.Window, shot.Total
	switch {
	case shot.Probes < 0 || shot.Probes > mostProbes:
		s.t.Errorf("%d probes are in flight, of %d at most", shot.Probes, mostProbes)
	case w.Successes > total.Successes, w.Failures > total.Failures, w.Ignored > total.Ignored, w.Refused > total.Refused+total.WouldRefuse:
		s.t.Errorf("the window has %+v, of %+v ever", w, total)
	case first.Total.Successes > total.Successes, first.Total.Failures > total.Failures, first.Total.Ignored > total.Ignored,
		first.Total.Refused > total.Refused, first.Total.WouldRefuse > total.WouldRefuse:
		s.t.Errorf("the totals fall from %+v to %+v", first.Total, total)
	case shot.DropRatio < 0 || shot.DropRatio > 1 || shot.RetryAfter < 0:
		s.t.Errorf("a drop ratio of %v, a retry after %v", shot.DropRatio, shot.RetryAfter)
	}
}

// observe adds observers: one that checks the order, one that is slow, one that
// panics, one that uses the breaker.
func (w *watched) observe() {
	w.Observe(func(e circuit.Event) {
		w.s.events.Add(1)
		if e.From != w.last || e.Before.State != e.From || e.To == e.From {
			w.s.t.Errorf("after %s an event tells of %s to %s, and shows %s", w.last, e.From, e.To, e.Before.State)
		}
		w.last = e.To
	})
	w.Observe(func(circuit.Event) {
		for range 5 {
			runtime.Gosched()
		}
	})
	w.Observe(func(circuit.Event) { panic("in an observer") })
	w.Observe(func(circuit.Event) {
		w.Observe(func(circuit.Event) {})()
		if err := w.Allow(); err != nil {
			w.s.refused(err)
		} else {
			w.s.counted.successes.Add(1)
			w.MarkSuccess()
		}
	})
}

// hear is an observer of the group.
func (s *stress) hear(e circuit.Event) {
	if e.Key == "" {
		s.t.Error("an event of a group has no key")
	}
}
