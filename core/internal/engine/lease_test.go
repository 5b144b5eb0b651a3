package engine_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
)

// ends are ends of leases and the times at which they are over: at most one step of
// 1<<18 ns earlier, never later.
var ends = []struct{ until, over time.Duration }{
	{-1, 0},
	{0, 0},
	{1, 0},
	{step - 1, 0},
	{step, step},
	{step + 1, step},
	{2*step - 1, step},
	{10 * ms, 38 * step},
	{time.Second, 3814 * step},
	{time.Hour, 13732910 * step},
	{365 * 24 * time.Hour, 120300292968 * step},
	{1<<58 - 2*step - 1, 1<<58 - 3*step}, // nine years
	{1<<58 - 2*step, 0},
	{1<<58 + time.Hour, 0},
	{engine.Forever - 1, 0},
}

// lasts tells whether a call goes by its lease just before over, and does not then.
func lasts(t *testing.T, until, over time.Duration, lease engine.Lease, byLease func(c *engine.Core, l *lessor) bool) {
	t.Helper()
	for _, at := range []time.Duration{0, over / 2, over - 1, over, over + 1, until - 1, until, over + time.Hour} {
		if at < 0 || at > 1<<59 {
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			c, l := newLessor(0, lease)
			time.Sleep(at)
			l.log = nil
			if got, want := byLease(c, l), at < over; got != want {
				t.Errorf("a lease until %v: at %v, decided by it: %v, want %v", until, at, got, want)
			}
		})
	}
}

func TestLeaseToAdmitEndsInTime(t *testing.T) {
	for _, tt := range ends {
		lease := engine.Lease{Admit: tt.until}
		lasts(t, tt.until, tt.over, lease, func(c *engine.Core, l *lessor) bool {
			refused(t, c, false)
			return l.asked == 0
		})
		lasts(t, tt.until, tt.over, lease, func(c *engine.Core, l *lessor) bool {
			acquire(t, c)
			return l.asked == 0
		})
	}
}

func TestLeaseToCountEndsInTime(t *testing.T) {
	for _, tt := range ends {
		lease := engine.Lease{Admit: engine.Forever, Count: tt.until}
		for _, call := range []func(c *engine.Core){
			func(c *engine.Core) { c.Mark(circuit.Success) },
			func(c *engine.Core) { acquire(t, c).Success() },
		} {
			lasts(t, tt.until, tt.over, lease, func(c *engine.Core, l *lessor) bool {
				call(c)
				byLease := l.settled == 0
				if got := c.Snapshot().Total.Successes; got != 1 || l.successes+uint64(l.settled) != 1 {
					t.Errorf("one success is %d in the total, %d leased and %d settled", got, l.successes, l.settled)
				}
				return byLease
			})
		}
	}
}

func TestLeaseToRefuseEndsInTime(t *testing.T) {
	for _, tt := range ends {
		lasts(t, tt.until, tt.over, engine.Lease{Refuse: tt.until, Calls: engine.Always, Drop: 1}, func(c *engine.Core, l *lessor) bool {
			l.refuse = true
			refused(t, c, true)
			byLease := l.asked == 0
			if got := c.Snapshot().Total.Refused; got != 1 {
				t.Errorf("one refused call is %d in the total", got)
			}
			return byLease
		})
	}
}

// What holds forever holds when all leases with an end are none any more, and the
// lock isn't taken for it.
func TestForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, l := newLessor(0, engine.Lease{Admit: engine.Forever, Count: engine.Forever})
		r, law := newLessor(0, engine.Lease{Refuse: engine.Forever, Calls: engine.Always, Drop: 1})
		for range 10 {
			time.Sleep(20 * 365 * 24 * time.Hour)
			refused(t, c, false)
			acquire(t, c).Success()
			c.Mark(circuit.Success)
			refused(t, r, true)
		}
		l.wants(t, "after 200 years")
		law.wants(t, "after 200 years")
		wantTotal(t, c, circuit.Counts{Successes: 20})
		wantTotal(t, r, circuit.Counts{Refused: 10})
	})
}

// A breaker that is older than nine years decides under the lock, as it ever did.
func TestAfterNineYearsLeasesWithAnEndAreNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, l := newLessor(0, engine.Lease{})
		l.next = func() engine.Lease {
			until := time.Duration(1<<58) + time.Hour
			return engine.Lease{Admit: until, Count: until, Refuse: until, Calls: engine.Always, Drop: 1}
		}
		time.Sleep(1 << 58)
		l.change(func() {})
		for range 5 {
			acquire(t, c).Success()
		}
		if l.asked != 5 || l.settled != 5 {
			t.Errorf("of 5 calls the law heard of %d and of %d successes, want all", l.asked, l.settled)
		}
		wantTotal(t, c, circuit.Counts{Successes: 5})
	})
}

// While another goroutine holds the lock, calls pass by their leases.
func TestLeasesNeedNoLock(t *testing.T) {
	c, _ := newLessor(0, engine.Lease{Admit: time.Hour, Count: time.Hour})
	unlocked(t, c, func() {
		refused(t, c, false)
		acquire(t, c).Success()
		c.Mark(circuit.Success)
	})
	c, l := newLessor(0, engine.Lease{Refuse: time.Hour, Calls: engine.Always, Drop: 1})
	unlocked(t, c, func() {
		refused(t, c, true)
		refused(t, c, true)
	})
	if l.asked != 0 {
		t.Errorf("the law was asked %d times, want never", l.asked)
	}
}

// A lease lets one kind of thing pass, and not the others.
func TestEachLeaseIsForItsOwnCalls(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lease engine.Lease
		want  []string
	}{
		{"none", engine.Lease{}, []string{"admit", "settle success", "admit", "mark success", "mark failure", "admit", "settle ignored"}},
		{"admit", engine.Lease{Admit: time.Hour}, []string{"settle success", "mark success", "mark failure", "settle ignored"}},
		{"count", engine.Lease{Count: time.Hour}, []string{
			"admit", "leased 1 0", "admit", "leased 1 0", "mark failure", "admit", "settle ignored",
		}},
		{"both", engine.Lease{Admit: time.Hour, Count: time.Hour}, []string{"leased 2 0", "mark failure", "settle ignored"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, l := newLessor(0, tt.lease)
			acquire(t, c).Success()
			refused(t, c, false)
			c.Mark(circuit.Success)
			c.Mark(circuit.Failure)
			acquire(t, c).Ignore()
			l.wants(t, tt.name, tt.want...)
		})
	}
}
