package hystrix

import (
	"context"
	"time"

	"github.com/go-fusebox/fusebox/core/circuit"
	"github.com/go-fusebox/fusebox/core/internal/settings"
)

// HealthCheck decides by synthetic calls when an open breaker admits probes. It needs no
// live call to find out that the callee is well, and lets none through before: with a Check
// that fails for reasons of its own the breaker stays open.
//
// From opening on, Check runs every Interval, on a goroutine of its own; Healthy checks in
// a row that return nil make the breaker half-open. Then live calls are probes, as
// Config's ProbeRatio and Probes say, and SuccessesToClose of them close the breaker. The
// checks go on meanwhile: one that fails opens it again, as a failed probe does, and the
// row starts over. Closing ends the goroutine, and so does the end of the context, or a
// mode that forces the state; a check that is running then is cancelled. When the context
// is over an open breaker waits for a sleep window, as those without a check do; and so it
// does when a check, past its Timeout, doesn't return.
//
// The checks of an open breaker that nothing refers to any more, as when it was taken out
// of its group, end when the garbage collector has found that out.
type HealthCheck struct {
	// Check makes one synthetic call. Its ctx ends with Timeout, or with the goroutine. A
	// panic counts as an error, and is contained. A breaker has one Check running at most:
	// one that hangs keeps the next from beginning, even if it closes and opens meanwhile.
	Check func(ctx context.Context) error
	// Interval is the time from the first opening to the first check, and between checks:
	// 1ms to 24h, default 1s. A check that takes longer skips ticks.
	Interval time.Duration
	// Timeout is the time that a check may take: 1ms to 24h, default Interval. One that
	// returns nil later has failed.
	Timeout time.Duration
	// Healthy is how many checks in a row make the breaker half-open: 1 to 1e9, default 1.
	Healthy int
}

// complete fills in the defaults, or says what is wrong.
func (h *HealthCheck) complete(withoutContext bool) error {
	if h == nil {
		return nil
	}
	h.Interval = settings.Or(h.Interval, time.Second)
	h.Timeout = settings.Or(h.Timeout, h.Interval)
	h.Healthy = settings.Or(h.Healthy, 1)
	check := settings.NewCheck("hystrix")
	check.That(h.Check != nil, "HealthCheck.Check", "nil", "must be a function")
	check.That(!withoutContext, "HealthCheck's context", "nil", "must be one that ends with the program's use of the breaker")
	settings.Between(check, "HealthCheck.Interval", h.Interval, time.Millisecond, 24*time.Hour)
	settings.Between(check, "HealthCheck.Timeout", h.Timeout, time.Millisecond, 24*time.Hour)
	settings.Between(check, "HealthCheck.Healthy", h.Healthy, 1, 1e9)
	return check.Err()
}

// watch is one episode of checks, from opening until closing.
type watch struct {
	cancel context.CancelFunc
	inARow int
	opened uint32 // the generation of the last opening
}

// end ends w, if there is one. The core's lock is held.
func (w *watch) end() {
	if w != nil {
		w.cancel()
	}
}

// watching reports whether health checks decide when an open breaker admits probes.
func (p *plugged) watching() bool { return p != nil && p.watch != nil }

// patience is the time after which a check that should be over, and is not, counts as
// lost, and with it the goroutine.
func (p *plugged) patience() time.Duration {
	return p.health.Interval + p.health.Timeout + p.law.config.SleepWindow
}

// checkHealth starts an episode, or the row of the one that goes on. The core's lock is
// held.
func (p *plugged) checkHealth() {
	if p.health == nil || p.over() {
		return
	}
	if p.watch == nil {
		p.watch = new(watch)
		p.start(p.watch)
	}
	p.watch.inARow, p.watch.opened = 0, p.law.core.Generation()
}

func (p *plugged) check(ctx context.Context, w *watch) {
	defer p.abandon(w) // also if Check ends the goroutine
	ticker := time.NewTicker(p.health.Interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if ctx.Err() != nil || p.owner.Value() == nil {
				return // both were due, or there is nobody to check for
			}
		}
		select {
		case <-ctx.Done():
			return
		case p.checking <- struct{}{}: // none of a former episode hangs
		}
		var opened uint32
		p.law.core.Locked(func(time.Duration) { opened = w.opened })
		healthy := p.once(ctx)
		if ctx.Err() == nil {
			p.checked(w, opened, healthy)
		}
	}
}

// checked takes the result of a check that began after that opening.
func (p *plugged) checked(w *watch, opened uint32, healthy bool) {
	p.law.core.Change(func(now time.Duration) {
		if p.watch != w || w.opened != opened {
			return
		}
		open := p.law.core.State() == circuit.Open
		if open {
			p.law.wake = now + p.patience()
		}
		if !healthy {
			w.inARow = 0
		} else {
			w.inARow++
		}
		switch {
		case open && w.inARow >= p.health.Healthy:
			p.law.halfOpen("health checks passed")
		case !open && !healthy:
			p.law.open(now, "health check failed")
		}
	})
}

// abandon leaves an open breaker whose health nobody checks any more to the sleep window.
func (p *plugged) abandon(w *watch) {
	p.law.core.Change(func(now time.Duration) {
		if p.watch != w {
			return // it ended in order
		}
		p.watch = nil
		if p.law.core.State() == circuit.Open {
			p.law.wake = now + p.law.openTime(now)
		}
	})
	w.cancel()
}

// once makes one check.
func (p *plugged) once(ctx context.Context) (healthy bool) {
	ctx, cancel := context.WithTimeout(ctx, p.health.Timeout)
	defer cancel()
	defer func() {
		<-p.checking
		_ = recover() // it isn't healthy then
	}()
	return p.health.Check(ctx) == nil && ctx.Err() == nil
}
