package engine_test

import (
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
)

// held makes a breaker that leases until a failure; while the failure is settled, five
// successes are counted by another goroutine. Then settled decides on the failure.
func held(t *testing.T, c *engine.Core, l *lessor, settled func()) {
	t.Helper()
	inside, leave := make(chan struct{}), make(chan struct{})
	l.settling = func(o circuit.Outcome) {
		if o != circuit.Failure {
			return
		}
		close(inside)
		<-leave
		settled()
	}
	permits := []circuit.Permit{acquire(t, c), acquire(t, c), acquire(t, c)}
	l.log = nil
	left := make(chan struct{})
	go func() {
		defer close(left)
		c.Mark(circuit.Failure)
	}()
	<-inside
	for _, p := range permits {
		p.Success()
	}
	c.Mark(circuit.Success)
	c.Mark(circuit.Success)
	close(leave)
	<-left
}

var lazily = engine.Lease{Admit: engine.Forever, Count: engine.Forever, Firm: true}

// Successes that are counted while the holder of the lock takes the lease back, though
// it had said that it would not, are the last that the lease let pass.
func TestSuccessesDuringARevocation(t *testing.T) {
	c, l := newLessor(0, lazily)
	c.Mark(circuit.Success) // before
	held(t, c, l, func() { l.lease.Count = 0 })
	l.wants(t, "after the failure", "leased 1 0", "mark failure", "leased 5 0")
	c.Mark(circuit.Success)
	l.wants(t, "without a lease", "mark success")
	wantTotal(t, c, circuit.Counts{Successes: 7, Failures: 1})
}

// Where a failure might take the lease back, a success comes either before it or after,
// never while it is being judged: else a caller whose success came after the failure
// that opened the breaker could see his next call admitted.
func TestSuccessesWaitForAFailureThatMatters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		infirm := lazily
		infirm.Firm = false
		c, l := newLessor(0, infirm)
		c.Mark(circuit.Success)
		inside, leave := make(chan struct{}), make(chan struct{})
		l.settling = func(o circuit.Outcome) {
			if o == circuit.Failure {
				close(inside)
				<-leave
				l.lease = engine.Lease{}
			}
		}
		go c.Mark(circuit.Failure)
		<-inside
		l.wants(t, "at the failure", "leased 1 0", "mark failure")
		var settled atomic.Bool
		go func() {
			c.Mark(circuit.Success)
			settled.Store(true)
		}()
		for range 1000 {
			runtime.Gosched()
		}
		if settled.Load() {
			t.Error("a success was counted while the failure was judged")
		}
		close(leave)
		synctest.Wait()
		l.wants(t, "after the failure", "mark success")
		wantTotal(t, c, circuit.Counts{Successes: 2, Failures: 1})
	})
}

// What is ignored takes no lease back: nobody waits for it.
func TestSuccessesDontWaitForWhatIsIgnored(t *testing.T) {
	infirm := lazily
	infirm.Firm = false
	c, l := newLessor(0, infirm)
	p := acquire(t, c)
	l.settling = func(circuit.Outcome) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.Mark(circuit.Success)
		}()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Error("a success waits for the lock")
		}
	}
	p.Ignore()
	l.change(func() {})
	l.wants(t, "after it", "settle ignored", "leased 1 0")
}

// What changes the law's settings draws the same line.
func TestChangeEndsTheLeaseToCountFirst(t *testing.T) {
	c, l := newLessor(0, lazily)
	c.Mark(circuit.Success)
	c.Change(func(time.Duration) {
		l.wants(t, "before the change", "leased 1 0")
		done := make(chan struct{})
		go func() { c.Mark(circuit.Success); close(done) }()
		for range 1000 {
			runtime.Gosched()
		}
		select {
		case <-done:
			t.Error("a success was counted during the change")
		default:
		}
		l.lease = engine.Lease{}
	})
}

// If the lease stays, they are a part of what it let pass.
func TestSuccessesWhileTheLeaseStays(t *testing.T) {
	for name, to := range map[string]engine.Lease{
		"the same":   lazily,
		"shorter":    {Count: time.Hour, Pace: 1},
		"of another": {Admit: time.Hour, Count: time.Hour, Pace: 64},
	} {
		c, l := newLessor(0, lazily)
		held(t, c, l, func() { l.lease = to })
		l.wants(t, name+": after the failure", "mark failure")
		l.change(func() {})
		l.wants(t, name+": when the lock is taken", "leased 5 0")
		wantTotal(t, c, circuit.Counts{Successes: 5, Failures: 1})
	}
}

// After a turn they are old news, which is in the total and not the law's business,
// whether the new state has a lease or not.
func TestSuccessesDuringATurnAreOldNews(t *testing.T) {
	for name, to := range map[string]engine.Lease{"without a lease": {}, "with a lease": lazily} {
		c, l := newLessor(0, lazily)
		held(t, c, l, func() {
			c.Turn(circuit.Open, "test")
			l.lease = to
		})
		l.wants(t, name+": after the turn", "mark failure", "show")
		l.change(func() {})
		l.wants(t, name+": when the lock is taken")
		wantTotal(t, c, circuit.Counts{Successes: 5, Failures: 1})
		l.log = nil
		c.Mark(circuit.Success)
		l.change(func() {})
		if to == lazily {
			l.wants(t, name, "leased 1 0")
		} else {
			l.wants(t, name, "mark success")
		}
	}
}

// The permit of a lease that was taken back is as good as any of its generation.
func TestPermitOutlivesItsLease(t *testing.T) {
	c, l := newLessor(0, lazily)
	p, old := acquire(t, c), acquire(t, c)
	l.change(func() { l.lease = engine.Lease{} })
	p.Success()
	l.wants(t, "without a lease", "settle success")
	l.change(func() { c.Turn(circuit.Closed, "test") })
	l.log = nil
	old.Success()
	old.Failure()
	l.wants(t, "after a turn")
	wantTotal(t, c, circuit.Counts{Successes: 2, Failures: 1})
}

// A success that is about to be counted when the state turns is not counted on the lease
// of the new state: another goroutine settles old permits all the time here, and until it
// gets one of the new state, the law must hear of nothing that was leased since the turn.
func TestOldPermitsAreNotCountedOnTheNextLease(t *testing.T) {
	c, l := newLessor(0, lazily)
	var permit atomic.Pointer[circuit.Permit]
	var settled atomic.Uint64
	var done atomic.Bool
	renew := func() {
		p := acquire(t, c)
		permit.Store(&p)
	}
	renew()
	left := make(chan struct{})
	go func() {
		defer close(left)
		for !done.Load() {
			permit.Load().Success()
			if settled.Add(1)%64 == 0 {
				runtime.Gosched()
			}
		}
	}()
	wait := func(n uint64) {
		for n += settled.Load(); settled.Load() < n; {
			runtime.Gosched()
		}
	}
	for range 1500 {
		wait(20)
		var before uint64
		l.change(func() {
			before = l.successes
			c.Turn(circuit.Closed, "test")
		})
		wait(2)
		l.change(func() {
			if l.successes != before {
				t.Errorf("%d successes of before a turn were counted on a lease after it", l.successes-before)
			}
		})
		renew()
	}
	done.Store(true)
	<-left
	wantTotal(t, c, circuit.Counts{Successes: settled.Load()})
}
