package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/engine"
)

const (
	ms   = time.Millisecond
	step = time.Duration(1 << 18) // of the times in leases
)

// lessor is a law that gives the leases that a test wants, and writes down, up to a
// hundred entries, and counts what reaches it.
type lessor struct {
	core     *engine.Core
	lease    engine.Lease
	next     func() engine.Lease // instead of lease
	ratio    float64             // for the dice, in Admit
	refuse   bool
	settling func(o circuit.Outcome) // in Settle and Mark
	reset    func()                  // in Reset

	log       []string
	successes uint64 // leased
	refused   uint64 // leased
	asked     int    // admissions
	dropped   int    // of these
	settled   int
	leases    int // given
}

func newLessor(seed uint64, lease engine.Lease) (*engine.Core, *lessor) {
	c := engine.New("lessor", seed)
	l := &lessor{core: c, lease: lease}
	c.Govern(l)
	return c, l
}

func (l *lessor) note(format string, args ...any) {
	if len(l.log) < 100 {
		l.log = append(l.log, fmt.Sprintf(format, args...))
	}
}

func (l *lessor) Admit(time.Duration, bool) (uint32, bool) {
	l.note("admit")
	l.asked++
	if l.refuse || l.ratio > 0 && l.core.Drops(l.ratio) {
		l.dropped++
		return 0, false
	}
	return 0, true
}

func (l *lessor) Refused(time.Duration) { l.note("refused") }

func (l *lessor) Leased(_ time.Duration, successes, refused uint64) {
	l.note("leased %d %d", successes, refused)
	if successes > 1<<40 || refused > 1<<40 {
		panic("the law was told of less than nothing")
	}
	l.successes += successes
	l.refused += refused
}

func (l *lessor) Lease(time.Duration) engine.Lease {
	l.leases++
	if l.next != nil {
		return l.next()
	}
	return l.lease
}

func (l *lessor) Settle(_ time.Duration, id uint32, o circuit.Outcome) {
	l.note("settle %v", o)
	l.outcome(o)
}

func (l *lessor) Mark(_ time.Duration, o circuit.Outcome) {
	l.note("mark %v", o)
	l.outcome(o)
}

func (l *lessor) outcome(o circuit.Outcome) {
	l.settled++
	if l.settling != nil {
		l.settling(o)
	}
}

func (l *lessor) Reset(time.Duration) {
	l.note("reset")
	if l.reset != nil {
		l.reset()
	}
}

func (l *lessor) Show(_ time.Duration, s *circuit.Snapshot) { l.note("show") }

// change does something under the lock, as the law.
func (l *lessor) change(f func()) { l.core.Locked(func(time.Duration) { f() }) }

// wants compares the log, and starts it anew.
func (l *lessor) wants(t *testing.T, when string, want ...string) {
	t.Helper()
	if !slices.Equal(l.log, want) {
		t.Errorf("%s: the law heard %q, want %q", when, l.log, want)
	}
	l.log = nil
}

func refused(t *testing.T, c *engine.Core, want bool) {
	t.Helper()
	if err := c.Allow(); errors.Is(err, circuit.ErrNotAllowed) != want {
		t.Fatalf("Allow = %v, want it refused: %v", err, want)
	}
}

func wantTotal(t *testing.T, c *engine.Core, want circuit.Counts) {
	t.Helper()
	if got := c.Snapshot().Total; got != want {
		t.Errorf("the total is %+v, want %+v", got, want)
	}
}

// unlocked runs f while the lock is held, which fails if f waits for it.
func unlocked(t *testing.T, c *engine.Core, f func()) {
	t.Helper()
	done := make(chan struct{})
	c.Locked(func(time.Duration) {
		go func() {
			defer close(done)
			f()
		}()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Error("a call waits for the lock")
		}
	})
	<-done
}
