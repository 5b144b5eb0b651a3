package circuitslog_test

import (
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-fusebox/fusebox/circuitslog"
	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/group"
)

func TestALineForEachChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, logger := newPages()
		g := group.New(fragile, group.WithObserver(circuitslog.Observer(logger)))
		call(g, "users", circuit.Success)
		time.Sleep(90 * time.Second)
		call(g, "users", circuit.Failure)
		refuse(t, g, "users", 3)
		p.want(t, `level=WARN msg="circuit breaker opened" key=users from=closed to=open reason="consecutive failures" engine=hystrix lasted=1m30s window.successes=0 window.failures=1 window.refused=0`)

		time.Sleep(5 * time.Second)
		call(g, "users", circuit.Failure)
		refuse(t, g, "users", 4)
		p.want(t,
			`msg="circuit breaker half-open" key=users from=open to=half-open reason="sleep window over" engine=hystrix lasted=5s window.successes=0 window.failures=1 window.refused=0`,
			`level=WARN msg="circuit breaker opened" key=users from=half-open to=open reason="probe failed" engine=hystrix lasted=0s window.successes=0 window.failures=1 window.refused=0`)

		time.Sleep(5 * time.Second)
		call(g, "users", circuit.Success)
		p.want(t,
			`msg="circuit breaker half-open" key=users from=open to=half-open reason="sleep window over" engine=hystrix lasted=5s window.successes=0 window.failures=0 window.refused=0`,
			`msg="circuit breaker closed" key=users from=half-open to=closed reason="probes succeeded" engine=hystrix lasted=0s window.successes=0 window.failures=0 window.refused=0 refused=7`)

		// What was told is not told again.
		call(g, "users", circuit.Failure)
		refuse(t, g, "users", 2)
		p.take()
		time.Sleep(5 * time.Second)
		call(g, "users", circuit.Success)
		if lines := p.take(); len(lines) != 2 || !strings.HasSuffix(lines[1], " refused=2") {
			t.Errorf("%q, want a closing with 2 refused", lines)
		}
	})
}

func TestModesAndABreakerWithoutAKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, logger := newPages()
		b := fragile("")
		b.(circuit.Observable).Observe(circuitslog.Observer(logger))
		setter := b.(circuit.ModeSetter)
		must(t, setter.Override(circuit.ForceOpen, time.Minute))
		for range 5 {
			_ = b.Allow()
		}
		time.Sleep(time.Minute)
		_ = b.Allow()
		must(t, setter.SetMode(circuit.Observe))
		for range 4 { // one opens it, three would be refused
			_ = b.Allow()
			b.MarkFailed()
		}
		must(t, setter.SetMode(circuit.ForceClose))
		p.want(t,
			`level=WARN msg="circuit breaker opened" from=closed to=open reason="override by mode force-open" engine=hystrix lasted=0s window.successes=0 window.failures=0 window.refused=0`,
			`msg="circuit breaker closed" from=open to=closed reason="override is over, back to mode auto" engine=hystrix mode=force-open lasted=1m0s window.successes=0 window.failures=0 window.refused=0 refused=5`,
			`level=WARN msg="circuit breaker opened" from=closed to=open reason="consecutive failures" engine=hystrix mode=observe lasted=0s window.successes=0 window.failures=1 window.refused=0`,
			`msg="circuit breaker closed" from=open to=closed reason="mode force-close" engine=hystrix mode=observe lasted=0s window.successes=0 window.failures=1 window.refused=0 refused=0 would_refuse=3`)
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A breaker that flaps: 3 lines in a minute, the last change when the minute is over,
// and no refusal lost with a line.
func TestAFlappingBreakerIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, logger := newPages()
		g := group.New(fragile, group.WithObserver(circuitslog.Observer(logger, circuitslog.WithLimit(3))))
		cycle := func() { // 3 changes in 5 s, 10 refused calls
			call(g, "a", circuit.Failure)
			refuse(t, g, "a", 10)
			time.Sleep(5 * time.Second)
			call(g, "a", circuit.Success)
		}
		cycle()
		if lines := p.take(); len(lines) != 3 || !strings.HasSuffix(lines[2], " refused=10") {
			t.Errorf("%q, want 3 lines, and 10 refused", lines)
		}
		for range 5 {
			cycle()
		}
		p.want(t)
		time.Sleep(30*time.Second - time.Nanosecond)
		p.want(t)
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		// 15 changes were held back, of which this is the last.
		p.want(t, `msg="circuit breaker closed" key=a from=half-open to=closed reason="probes succeeded" engine=hystrix lasted=0s window.successes=0 window.failures=1 window.refused=0 refused=50 suppressed=14 at=30.000`)

		call(g, "a", circuit.Failure)
		refuse(t, g, "a", 1)
		time.Sleep(5 * time.Second)
		call(g, "a", circuit.Success) // the fourth line of the minute
		if lines := p.take(); len(lines) != 2 {
			t.Errorf("%q, want 2 lines", lines)
		}
		// Nothing has been due for an hour: the next change is told at once.
		time.Sleep(time.Hour)
		synctest.Wait()
		if lines := p.take(); len(lines) != 1 || !strings.HasSuffix(lines[0], " refused=1 at=05.000") {
			t.Errorf("%q, want the closing alone", lines)
		}
		call(g, "a", circuit.Failure)
		if lines := p.take(); len(lines) != 1 {
			t.Errorf("%q, want one line", lines)
		}
	})
}

// The limit is for each key.
func TestAFlappingBreakerSilencesNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, logger := newPages()
		g := group.New(fragile, group.WithObserver(circuitslog.Observer(logger, circuitslog.WithLimit(1), circuitslog.WithInterval(time.Second))))
		for range 3 {
			call(g, "a", circuit.Failure)
			must(t, setter(g, "a").SetMode(circuit.ForceClose))
			must(t, setter(g, "a").SetMode(circuit.Auto))
			call(g, "b", circuit.Failure)
		}
		if lines := p.take(); len(lines) != 2 {
			t.Errorf("%q, want one line for a and one for b", lines)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if lines := p.take(); len(lines) != 1 {
			t.Errorf("%q, want one line for a", lines)
		}
	})
}

func TestLinesThatTheLoggerDoesNotWantCostNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pages{}
		logger := slog.New(slog.NewTextHandler(p, &slog.HandlerOptions{Level: slog.LevelWarn}))
		g := group.New(fragile, group.WithObserver(circuitslog.Observer(logger, circuitslog.WithLimit(3))))
		for range 3 {
			call(g, "a", circuit.Failure)
			time.Sleep(5 * time.Second)
			call(g, "a", circuit.Success)
		}
		if lines := p.take(); len(lines) != 3 {
			t.Errorf("%q, want each opening", lines)
		}
	})
}

// A key whose breaker was removed has a new one, which counts from 0: what it refuses is
// not taken for less than nothing.
func TestANewBreakerOfAnOldKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, logger := newPages()
		g := group.New(fragile, group.WithObserver(circuitslog.Observer(logger)))
		call(g, "a", circuit.Failure)
		refuse(t, g, "a", 100)
		must(t, setter(g, "a").SetMode(circuit.ForceClose))
		g.Remove("a")
		time.Sleep(time.Second)
		call(g, "a", circuit.Failure)
		refuse(t, g, "a", 3)
		time.Sleep(5 * time.Second)
		call(g, "a", circuit.Success)
		if lines := p.take(); len(lines) != 5 || !strings.HasSuffix(lines[4], " refused=3") {
			t.Errorf("%q, want 5 lines and 3 refused", lines)
		}
	})
}

// An event whose forerunner was not heard of has no number of refusals.
func TestAnObserverThatComesLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, logger := newPages()
		g := group.New(fragile)
		call(g, "a", circuit.Failure)
		refuse(t, g, "a", 3)
		g.Observe(circuitslog.Observer(logger))
		time.Sleep(5 * time.Second)
		call(g, "a", circuit.Success)
		if lines := p.take(); len(lines) != 2 || !strings.HasSuffix(lines[1], " window.refused=0") {
			t.Errorf("%q, want 2 lines and no number of refusals", lines)
		}
	})
}

func TestDefaultLogger(t *testing.T) {
	defer slog.SetDefault(slog.Default())
	g := group.New(fragile, group.WithObserver(circuitslog.Observer(nil, nil)))
	p, logger := newPages()
	slog.SetDefault(logger) // after the observer was made
	call(g, "a", circuit.Failure)
	if lines := p.take(); len(lines) != 1 {
		t.Errorf("%q, want one line", lines)
	}
}

func TestOptionsOutOfRangeChangeNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, logger := newPages()
		g := group.New(fragile)
		defer circuitslog.Follow(g, logger, circuitslog.WithLimit(0), circuitslog.WithInterval(-1), circuitslog.WithTop(math.MinInt))()
		for i := range 12 { // 10 lines for each key
			must(t, setter(g, "a").SetMode([]circuit.Mode{circuit.ForceOpen, circuit.ForceClose}[i%2]))
		}
		for i := range 22 { // 20 keys in a summary
			must(t, setter(g, fmt.Sprint(i)).SetMode(circuit.ForceOpen))
			refuse(t, g, fmt.Sprint(i), 1)
		}
		if lines := p.take(); len(lines) != 10+22 {
			t.Errorf("%d lines, want 32", len(lines))
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if lines := p.take(); len(lines) != 1+21 {
			t.Errorf("%d lines, want a late one and 21", len(lines))
		}
	})
}
